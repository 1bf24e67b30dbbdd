"""The frame of all HTML pages: dark and light, also on a phone."""

import html

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem;
       color: #222; background: #fff; overflow-wrap: break-word; }}
table {{ border-collapse: collapse; margin: 1rem 0; }}
th, td {{ text-align: left; padding: .3rem 1.5rem .3rem 0; border-bottom: 1px solid #ddd;
         vertical-align: top; }}
pre {{ background: #f2f2f2; padding: .6rem; overflow-x: auto; }}
.good {{ color: #17692f; }} .bad {{ color: #b00020; font-weight: 600; }}
.verdict {{ border-left: .4rem solid; padding: .2rem 1rem; margin: 1rem 0; }}
.verdict strong {{ display: block; }}
.verdict p {{ margin: .2rem 0; color: #222; }}
.ok {{ border-color: #17692f; }} .risk {{ border-color: #b00020; }}
.unknown {{ border-color: #b26a00; }}
a {{ color: #0b57a4; }}
@media (prefers-color-scheme: dark) {{ body {{ color: #ddd; background: #16181b; }}
  th, td {{ border-color: #444; }} a {{ color: #7db7ef; }} .good {{ color: #6fce8a; }}
  .bad {{ color: #ff8a8a; }} pre {{ background: #24272b; }} .verdict p {{ color: #ddd; }}
  .ok {{ border-color: #6fce8a; }} .risk {{ border-color: #ff8a8a; }}
  .unknown {{ border-color: #ffb84d; }} }}
@media (max-width: 30rem) {{ body {{ margin: 1rem auto; }} th, td {{ padding-right: .6rem; }} }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def page(title: str, body: str) -> str:
    """A whole page; `body` is HTML."""
    return _PAGE.format(title=html.escape(title), body=body)
