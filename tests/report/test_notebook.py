"""Results in a notebook: HTML that parses, with all tables and the figure, escaped, bounded, and never failing."""

import base64
import builtins
import dataclasses
import io
from html.parser import HTMLParser

import pytest
from matplotlib.image import imread

import interfacekit as ik
from interfacekit import report
from interfacekit.errors import InputError
from interfacekit.plots import style
from interfacekit.presentation import is_for_large, takes_one
from interfacekit.report.notebook import MOST_PARTS, MOST_ROWS
from interfacekit.report.tables.common import new_table
from interfacekit.results import Result
from tests.examples import EXAMPLES


class Page(HTMLParser):
    """Tags, texts, cells and images of HTML whose tags all close."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.texts, self.images = [], [], [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag == "img":
            self.images.append(dict(attributes))
        else:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    def figure(self):
        """Pixels of the one image, and its width on the page."""
        (image,) = self.images
        encoding, _, data = image["src"].partition(",")
        assert encoding == "data:image/png;base64"
        return imread(io.BytesIO(base64.b64decode(data))), int(image["width"])


def shown(result):
    return Page(result._repr_html_())


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_class_has_its_tables_and_its_figure(name, capsys):
    result = EXAMPLES[name]
    page = shown(result)
    text = " ".join(page.texts)
    assert "no table" not in text
    assert "no figure" not in text
    if type(result).presentation.tables is None:
        assert "".join(page.texts) == repr(result)
        assert page.tags[:2] == ["div", "pre"]
    else:
        report.show(result)
        words = capsys.readouterr().out.split()
        assert sum(word in text for word in words) > 0.9 * len(words)
    if type(result).presentation.figure is None or name == "BarrierTable":
        assert page.images == []
        with pytest.raises(InputError, match=r"there is no figure of|no hop has a path to draw"):
            result.plot()
    else:
        pixels, width = page.figure()
        assert pixels[..., :3].std() > 0.02
        assert width < pixels.shape[1] < 2000
    assert len(result._repr_html_()) < 400_000


def test_a_window_is_shown_as_table_and_figure():
    page = shown(ik.electrochemical_window("LGPS"))
    assert page.tags[:3] == ["div", "table", "caption"]
    assert page.texts[0] == "Electrochemical windows (V vs Li/Li+)"
    assert {"LGPS", "1.721", "2.291"} <= {*page.texts}
    assert page.tags[-1] == "img"


def named(name, **options):
    """A class of results with one field, presented by functions of this module."""
    declared = {key: f"{__name__}:{function}" for key, function in options.items()}

    class Named(Result, **declared):
        rows: object

    return dataclasses.dataclass(frozen=True)(Named)(name)


@takes_one
def table_of_name(result):
    table = new_table(f"Title {result.rows}", "text", "number")
    table.add_row(result.rows, "1.5")
    return [table, f"a line of {result.rows}", ""]


@takes_one
def long_tables(result):
    table = new_table("Long", "row", "text")
    for row in range(result.rows):
        table.add_row(str(row), "" if row else "x" * 10_000)
    return [table] + ["a line"] * 50


@takes_one
def failing(result, ax=None):
    raise ZeroDivisionError("of all things\nin two lines")


@takes_one
def odd_tables(result):
    return [object()]


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "a & b", '"quoted"', "\x1b[31mred", "Li<sub>2</sub>"])
def test_text_is_escaped(name):
    for result in (named(name, tables="table_of_name"), named(name)):
        page = shown(result)
        assert {*page.tags} <= {*["div", "table", "caption", "b", "thead", "tr", "th", "tbody", "td", "p", "pre"]}
        assert "\x1b" not in result._repr_html_()
    page = shown(named(name, tables="table_of_name"))
    text = name.replace("\x1b", "\\x1b")
    assert page.texts == [f"Title {text}", "text", "number", text, "1.5", f"a line of {text}"]
    assert page.tags.count("p") == 1


def test_columns_of_numbers_stand_on_the_right():
    html = named("LNO", tables="table_of_name")._repr_html_()
    assert '<td style="text-align: left">LNO</td><td style="text-align: right">1.5</td>' in html


def test_long_tables_are_cut_with_a_line_that_says_so():
    page = shown(named(10_000, tables="long_tables"))
    assert page.tags.count("tr") == 1 + MOST_ROWS
    assert f"{MOST_ROWS} of 10000 rows; interfacekit.report.show prints all" in page.texts
    assert f"{MOST_PARTS} of 51 tables and lines; interfacekit.report.show prints all" in page.texts
    assert max(map(len, page.texts)) < 2100
    assert "of 60 rows" not in " ".join(shown(named(60, tables="long_tables")).texts)


def test_a_map_of_ten_thousand_rows_has_no_figure_and_a_screening_has():
    some = EXAMPLES["StabilityMap"]
    large = shown(dataclasses.replace(some, rows=some.rows * 5000))
    assert "60 of 10000 rows; interfacekit.report.show prints all" in large.texts
    assert "no figure of 10000 rows here; plot() draws it" in large.texts
    assert large.images == []
    some = EXAMPLES["Screening"]
    assert is_for_large(type(some).presentation.figure)
    assert len(shown(dataclasses.replace(some, candidates=some.candidates * 300)).images) == 1


@pytest.mark.parametrize("tables", ["failing", "odd_tables"])
def test_a_table_that_fails_is_replaced_by_the_repr(tables):
    page = shown(named("LNO", tables=tables))
    assert page.texts[0] == "Named(rows='LNO')"
    assert page.texts[1].startswith("no table: ")


def test_a_figure_that_fails_leaves_the_table(monkeypatch):
    page = shown(named("LNO", tables="table_of_name", figure="failing"))
    assert "LNO" in page.texts
    assert page.texts[-1] == "no figure: ZeroDivisionError: of all things in two lines"
    window = ik.electrochemical_window("LNO")
    monkeypatch.setattr(style, "png_of", failing)
    assert "3.758" in shown(window).texts

    def without(name, *arguments):
        if name.startswith("interfacekit.plots") or name == "matplotlib":
            raise ImportError("no matplotlib here")
        return imported(name, *arguments)

    imported = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", without)
    page = shown(window)
    assert "3.758" in page.texts
    assert page.texts[-1].startswith("no figure: ")


def test_the_same_result_has_the_same_html():
    window = ik.electrochemical_window("LNO")
    assert window._repr_html_() == ik.electrochemical_window("LNO")._repr_html_()
