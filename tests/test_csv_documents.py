"""CSV files of users: read strictly, and one line for what is refused."""

import pytest

from interfacekit.csv_documents import parse_csv
from interfacekit.errors import InputError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b,a\n1,2,3\n", "x has the column a twice; keep one"),
        ('a,b\n1,2\n3,"4\n5,6\n', "a quote that opens in line 3 or below does not close"),
        (f"a,b\n{'1' * 200_000},2\n", "a cell in line 2 or below has more than 131072 characters"),
        ('a,b\n1,"2"3\n', "damaged or not CSV: line 2 or below"),
        (f"{'c' * 9999},{'c' * 9999}\n", "twice"),
    ],
)
def test_csv_is_strict(text, message):
    with pytest.raises(InputError, match=message) as caught:
        parse_csv(text, "x")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


def test_columns_without_a_name_may_be_several():
    table = parse_csv('a,,\r\n"1\r\n2",,\r\n', "x")
    assert table.columns == ["a", "", ""]
    assert table.rows == [(3, {"a": "1\r\n2", "": ""})]
