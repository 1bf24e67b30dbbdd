"""Entities are decoded as by PHP. Expected values are answers of PHP 8.2."""

from html.entities import name2codepoint

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.config.html_entities import decode


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("&amp;&quot;&lt;&gt;", '&"<>'),
        ("&eacute;&Eacute;&euro;&thetasym;", "éÉ€ϑ"),
        ("&lang;", "\u2329"),
        ("&#36;&#x24;&#X24;&#000000000000036;", "$$$$"),
        ("&#34;&#x1F600;&#x10FFFF;", '"😀\U0010ffff'),
        ("&#9;&#10;&#13;&#160;", "\t\n\r\xa0"),
        ("&&amp;", "&&"),
    ],
)
def test_an_entity_of_html_4_becomes_its_character(text: str, decoded: str) -> None:
    assert decode(text) == decoded


def test_the_number_of_entities_is_that_of_php() -> None:
    assert len(name2codepoint) == 252


@pytest.mark.parametrize("text", ["&#39;", "&#039;", "&#x27;", "&#X27;", "&apos;"])
def test_an_apostrophe_stays_encoded_in_every_form(text: str) -> None:
    assert decode(text) == text


@pytest.mark.parametrize("text", ["&amp", "&#36", "&lt x", "&copy&reg"])
def test_without_a_semicolon_it_is_no_entity(text: str) -> None:
    assert decode(text) == text


@pytest.mark.parametrize(
    "text",
    ["&nosuch;", "&AMP;", "&;", "&#;", "&#x;", "&# 36;", "&#-1;", "&#+36;", "&#36x;", "&#xg;"],
)
def test_a_text_without_entities_is_unchanged(text: str) -> None:
    assert decode(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "&#0;",
        "&#8;",
        "&#12;",
        "&#31;",
        "&#127;",
        "&#159;",
        "&#xD800;",
        "&#xDFFF;",
        "&#x110000;",
        f"&#{'9' * 5000};",
        f"&#x{'f' * 5000};",
    ],
)
def test_a_number_that_is_no_character_of_html_4_stays_as_it_is(text: str) -> None:
    assert decode(text) == text


def test_a_decoded_ampersand_does_not_begin_another_entity() -> None:
    assert decode("&amp;lt;&#38;gt;") == "&lt;&gt;"


@given(st.text())
def test_any_text_can_be_decoded(text: str) -> None:
    assert len(decode(text)) <= len(text)


@given(st.text())
def test_text_without_ampersand_is_left_alone(text: str) -> None:
    plain = text.replace("&", "")
    assert decode(plain) == plain
