#!/usr/bin/env python3
"""Writes the corpus: the cases are below, README.md says what the files are."""
import json
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
NAMES = {"b": "boolean", "i": "integer", "n": "number", "f": "float", "t": "text", "d": "date", "s": "timestamp"}


def case(name, content, schema, rows=None, error=None, engine="equal", **more):
    """schema: "a:i b:t"; rows: lists; error: a dict with `code`."""
    path = HERE / name.rsplit(".", 1)[-1].replace("jsonl", "json") / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    fields = [part.rsplit(":", 1) for part in schema.split()]
    about = {"schema": [{"name": n, "type": NAMES[t]} for n, t in fields], **more, "engine": engine}
    stem = path.with_name(name.rsplit(".", 1)[0])
    pathlib.Path(f"{stem}.schema.json").write_text(json.dumps(about, ensure_ascii=False) + "\n")
    if error:
        pathlib.Path(f"{stem}.error.json").write_text(json.dumps(error) + "\n")
    else:
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        pathlib.Path(f"{stem}.expected.jsonl").write_text(lines)


def corrupt(line, **more):
    return {"code": "corrupt_data", "line": line, **more}


def misfit(line, field, **more):
    return {"code": "schema_mismatch", "line": line, "field": field, **more}


def csv_structure():
    t = "a:i b:t"
    case("plain.csv", "a,b\n1,x\n2,y\n", t, [[1, "x"], [2, "y"]])
    case("crlf.csv", "a,b\r\n1,x\r\n2,y\r\n", t, [[1, "x"], [2, "y"]])
    case("mixed_line_ends.csv", "a,b\r\n1,x\n2,y\r\n3,z\n", t, [[1, "x"], [2, "y"], [3, "z"]])
    case("no_final_line_end.csv", "a,b\n1,x\n2,y", t, [[1, "x"], [2, "y"]])
    case("bom.csv", b"\xef\xbb\xbfa,b\n1,x\n", t, [[1, "x"]])
    case("bom_quoted.csv", b'\xef\xbb\xbf"a",b\n1,x\n', t, [[1, "x"]])
    case("header_only.csv", "a,b\n", t, [])
    case("blank_lines.csv", "a,b\n1,x\n\n\n2,y\n\n", t, [[1, "x"], [2, "y"]])
    case("one_column_blank_line.csv", "a\n1\n\n3\n", "a:i", [[1], [None], [3]])
    case("only_delimiters.csv", "a,b\n,\n1,x\n", t, [[None, None], [1, "x"]])
    case("other_order.csv", "b,x,a\nq,9,1\n", t, [[1, "q"]])
    case("semicolon.csv", "a;b\n1;x,y\n", t, [[1, "x,y"]], delimiter=";")
    case("tab.csv", "a\tb\n1\tx\n", t, [[1, "x"]], delimiter="\t")
    case("single_quote.csv", "a,b\n1,'x,''y'\n", t, [[1, "x,'y"]], quote="'")
    case("empty.csv", "", t, error=corrupt(1))
    case("wrong_delimiter.csv", "a;b\n1;x\n", t, error=misfit(1, "a"))
    case("missing_column.csv", "a,bb\n1,x\n", t, error=misfit(1, "b"))
    case("duplicate_header.csv", "a,b,a\n1,x,2\n", t, error=corrupt(1, column=5, field="a"))
    case("ragged_short.csv", "a,b\n1,x\n2\n", t, error=corrupt(3, column=2, field="b"))
    case("ragged_long.csv", "a,b\n1,x,y\n", t, error=corrupt(2, column=5))
    case("trailing_delimiter.csv", "a,b\n1,x,\n", t, error=corrupt(2, column=5), engine="looser",
         why="an empty last field too many is dropped")
    case("lone_cr.csv", "a,b\n1\r,x\n", t, error=corrupt(2, column=2))
    case("utf16.csv", "a,b\n1,x\n".encode("utf-16"), t, error=corrupt(1))
    case("header_trailing_delimiter.csv", "a,b,\n1,x,3\n", t, [[1, "x"]])


def csv_quotes():
    t = "a:i b:t"
    case("quotes.csv", 'a,b\n"1","x"\n', t, [[1, "x"]])
    case("quoted_delimiter.csv", 'a,b\n1,"x,y"\n', t, [[1, "x,y"]])
    case("quoted_newline.csv", 'a,b\n1,"x\ny"\n2,z\n', t, [[1, "x\ny"], [2, "z"]])
    case("quoted_crlf.csv", 'a,b\r\n1,"x\r\ny"\r\n', t, [[1, "x\r\ny"]])
    case("quoted_cr.csv", 'a,b\n1,"x\ry"\n', t, [[1, "x\ry"]])
    case("doubled_quotes.csv", 'a,b\n1,"say ""hi"""\n2,""""\n', t, [[1, 'say "hi"'], [2, '"']])
    case("quote_inside.csv", 'a,b\n1,x"y\n2,x"y"z\n', t, [[1, 'x"y'], [2, 'x"y"z']])
    case("blank_before_quote.csv", 'a,b\n1, "x,y"\n', t, [[1, "x,y"]])
    case("blanks_before_quote.csv", 'a,b\n1,  "x"\n', t, [[1, '  "x"']])
    case("blanks_after_quote.csv", 'a,b\n1,"x"  \n', t, [[1, "x"]])
    case("quote_at_end_of_file.csv", 'a,b\n1,"x"', t, [[1, "x"]])
    case("text_after_quote.csv", 'a,b\n1,"x"y\n', t, error=corrupt(2, column=6))
    case("unclosed_quote.csv", 'a,b\n1,x\n2,"y\n3,z\n', t, error=corrupt(3, column=3))
    case("unclosed_at_end.csv", 'a,b\n1,"x', t, error=corrupt(2, column=3))
    case("backslash_quote.csv", 'a,b\n1,"x\\"y"\n', t, error=corrupt(2, column=7))
    case("error_after_quoted_newline.csv", 'b,a\n"x\ny",oops\n', t, error=misfit(3, "a", column=4))


def csv_texts():
    t = "a:i b:t"
    case("blanks_in_text.csv", "a,b\n1, x \n2,\ty\n", t, [[1, " x "], [2, "\ty"]])
    case("unicode.csv", "a,größe\n1,日本語 😀\n", "a:i größe:t", [[1, "日本語 😀"]])
    case("nul.csv", b"a,b\n1,x\x00y\n", t,
         error={"code": "corrupt_data", "line": 2, "field": "b", "column": 3})
    case("nul_in_number.csv", b"a,b\n1\x00,x\n", t, error=misfit(2, "a", column=1))
    case("invalid_utf8.csv", b"a,b\n1,ok\n2,x\xff\n", t, error=corrupt(3, column=3, field="b"))
    case("truncated_utf8.csv", b"a,b\n1,x\xc3", t, error=corrupt(2, column=3, field="b"))
    case("overlong_utf8.csv", b"a,b\n1,\xc0\xaf\n", t, error=corrupt(2, column=3, field="b"))
    case("missing_texts.csv", 'a,b\nNA,NA\n,\n"NA","NA"\n"",""\n1,na\n', t,
         [[None, None]] * 4 + [[1, "na"]])
    case("missing_by_choice.csv", "a,b\n?,?\n1,NA\n2,\n", t, [[None, None], [1, "NA"], [2, ""]],
         null_texts=["?"])
    case("na_with_blank.csv", "a,b\n NA,x\n", t, error=misfit(2, "a", column=1))


def csv_values():
    def good(name, kind, texts, values):
        case(f"{name}.csv", "v,w\n" + "".join(f"{x},1\n" for x in texts), f"v:{kind} w:i",
             [[v, 1] for v in values])

    def bad(name, kind, text, engine="equal", **more):
        case(f"{name}.csv", f"v,w\n{text},1\n", f"v:{kind} w:i", error=misfit(2, "v", column=1),
             engine=engine, **more)

    good("booleans", "b", "true TRUE tRuE t T yes Y 1 false F no n 0".split(), [True] * 8 + [False] * 5)
    bad("boolean_on", "b", "on")
    bad("boolean_blank", "b", " true")
    good("integers", "i", ["1", "+1", "-1", " 1", "1 ", "007", "-0", "16.0", "1.", "1e3", "10e-1",
                           "9223372036854775807", "-9223372036854775808"],
         [1, 1, -1, 1, 1, 7, 0, 16, 1, 1000, 1, 9223372036854775807, -9223372036854775808])
    bad("integer_overflow", "i", "9223372036854775808")
    bad("integer_text", "i", "oops")
    bad("integer_thousands", "i", '"1,000"')
    bad("integer_fraction", "i", "16.5", "looser", why="rounded to 17")
    bad("integer_hexadecimal", "i", "0x10", "looser", why="read as 16")
    bad("integer_underscore", "i", "1_000", "looser", why="read as 1000")
    texts = ["1", "+1", " 1.5 ", ".5", "5.", "-.5", "1e3", "1E+3", "0.1", "1e-400", "4.9e-324",
             "123456789012345678901234567890", "9007199254740993", "1.7976931348623157e308",
             "0.30000000000000004", "2.2250738585072011e-308", "8.41e21", "1e23", "00001"]
    good("numbers", "n", texts, [float(x) for x in texts])
    good("negative_zero", "n", ["-0", "-0.0"], [-0.0, -0.0])
    bad("number_overflow", "n", "1e400", "looser", why="infinity")
    bad("number_infinity", "n", "inf", "looser", why="infinity")
    bad("number_nan", "n", "nan", "looser", why="NaN")
    bad("number_comma", "n", '"1,5"')
    bad("number_suffix", "n", "1d")
    bad("number_exponent", "n", "1e")
    bad("number_point", "n", ".")
    good("floats", "f", ["0.1", "16777217", "1e-50", "0.5000000298023223876953125",
                         "0.50000002980232238769531250000000001"],
         [0.10000000149011612, 16777216.0, 0.0, 0.5, 0.5000000596046448])
    bad("float_overflow", "f", "1e39", "looser", why="infinity")
    good("dates", "d", ["2026-11-24", " 2024-02-29 ", "0001-01-01", "9999-12-31"],
         ["2026-11-24", "2024-02-29", "0001-01-01", "9999-12-31"])
    bad("date_not_in_calendar", "d", "2026-02-29")
    bad("date_american", "d", "11/24/2026")
    bad("date_with_rest", "d", "2026-11-24x", "looser", why="the rest is ignored")
    good("timestamps", "s", ["2026-11-24", "2026-11-24 08:05:00", "2026-11-24T08:05",
                             "2026-11-24 08:05:00.25", "2026-11-24T08:05:00Z",
                             "2026-11-24T08:05:00+02:00", "1969-12-31 23:59:59.999999"],
         ["2026-11-24T00:00:00", "2026-11-24T08:05:00", "2026-11-24T08:05:00",
          "2026-11-24T08:05:00.25", "2026-11-24T08:05:00", "2026-11-24T06:05:00",
          "1969-12-31T23:59:59.999999"])
    bad("timestamp_hour", "s", "2026-11-24 25:00:00")


def json_files():
    t = "a:i b:t"
    case("lines.jsonl", '{"a":1,"b":"x"}\n{"b":"y","a":2}\n', t, [[1, "x"], [2, "y"]])
    case("array.json", '[\n {"a": 1, "b": "}]"},\n {"a": 2, "b": "\\""}\n]\n', t, [[1, "}]"], [2, '"']])
    case("empty_array.json", "[]", t, [])
    case("blank_lines.jsonl", '\n{"a":1,"b":"x"}\r\n\n{"a":2,"b":"y"}', t, [[1, "x"], [2, "y"]])
    case("bom.jsonl", b'\xef\xbb\xbf{"a":1,"b":"x"}\n', t, [[1, "x"]])
    case("null_and_absent.jsonl", '{"a":1,"b":"x"}\n{"a":null,"b":null}\n{}\n{"b":"NA"}\n', t,
         [[1, "x"], [None, None], [None, None], [None, "NA"]])
    case("escapes.jsonl", '{"a":1,"b":"\\u00e9\\n\\ud83d\\ude00\\/"}\n', t, [[1, "é\n😀/"]])
    case("unknown_field.jsonl", '{"a":1,"b":"x","c":{"d":[1]}}\n', t, [[1, "x"]])
    case("types.jsonl", '{"b":true,"i":16.0,"n":1,"f":0.1,"d":"2026-11-24","s":"2026-11-24T08:05:00Z"}\n',
         "b:b i:i n:n f:f d:d s:s",
         [[True, 16, 1.0, 0.10000000149011612, "2026-11-24", "2026-11-24T08:05:00"]])
    case("numbers.jsonl", "".join(f'{{"v":{x}}}\n' for x in
                                  ["0.1", "1e-400", "9007199254740993", "18446744073709551615", "1e23"]),
         "v:n", [[0.1], [0.0], [9007199254740992.0], [18446744073709551616.0], [1e23]])
    case("empty.jsonl", "", t, error=corrupt(1), engine="looser", why="no rows")
    case("missing_column.jsonl", '{"a":1,"bb":"x"}\n', t, error={"code": "schema_mismatch", "field": "b"},
         engine="looser", why="every value is missing")
    case("cut_line.jsonl", '{"a":1,"b":"x"}\n{"a":2,\n', t, error=corrupt(2))
    case("cut_array.json", '[{"a":1,"b":"x"},', t, error=corrupt(1), engine="looser", why="one row")
    case("trailing_comma.json", '[{"a":1,"b":"x"},]', t, error=corrupt(1, column=18), engine="looser",
         why="a row of missing values or none")
    case("no_object.jsonl", '{"a":1,"b":"x"}\n5\n', t, error=corrupt(2, column=1), engine="looser",
         why="a row of missing values")
    case("duplicate_field.jsonl", '{"a":1,"b":"x","a":2}\n', t, error=corrupt(1, field="a"), engine="looser",
         why="one of them counts")
    case("invalid_utf8.jsonl", b'{"a":1,"b":"x\xff"}\n', t, error=corrupt(1, column=14))
    case("text_for_integer.jsonl", '{"a":"1","b":"x"}\n', t, error=misfit(1, "a"), engine="looser",
         why="text is cast")
    case("number_for_text.jsonl", '{"a":1,"b":2}\n', t, error=misfit(1, "b"), engine="looser",
         why="numbers are cast to text")
    case("fraction_for_integer.jsonl", '{"a":16.5,"b":"x"}\n', t, error=misfit(1, "a"), engine="looser",
         why="rounded")
    case("number_overflow.jsonl", '{"a":1,"b":"x","v":1e400}\n', "a:i v:n", error=corrupt(1), engine="looser",
         why="infinity or missing")


def parquet_files():
    try:
        import datetime
        import decimal

        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        print("pyarrow is not installed: the Parquet files stay as they are")
        return

    def write(name, columns, schema, rows=None, **more):
        arrays = {k: pa.array(v, t) for k, (t, v) in columns.items()}
        sink = pa.BufferOutputStream()
        pq.write_table(pa.table(arrays), sink, compression="snappy", row_group_size=2)
        case(name, sink.getvalue().to_pybytes(), schema, rows, **more)

    write("integers.parquet",
          {"i8": (pa.int8(), [-1, None, 3]), "u8": (pa.uint8(), [255, 1, None]),
           "i16": (pa.int16(), [-2, 2, 2]), "u32": (pa.uint32(), [4294967295, 1, 2]),
           "i64": (pa.int64(), [-2**63, 2**63 - 1, None]), "u64": (pa.uint64(), [2**63 - 1, 0, None])},
          "i8:i u8:i i16:i u32:i i64:i u64:i",
          [[-1, 255, -2, 4294967295, -2**63, 2**63 - 1], [None, 1, 2, 1, 2**63 - 1, 0],
           [3, None, 2, 2, None, None]])
    write("as_numbers.parquet",
          {"i": (pa.int32(), [1, None, 3]), "big": (pa.int64(), [2**53 + 1, 1, 2]),
           "f": (pa.float32(), [0.5, 1.5, None]), "h": (pa.float16(), [0.5, 1.5, None]),
           "x": (pa.decimal128(10, 2), [decimal.Decimal("1.25"), decimal.Decimal("-0.10"), None]),
           "g": (pa.float64(), [0.1, 2.0, None])},
          "i:n big:n f:n h:n x:n g:f",
          [[1.0, 9007199254740992.0, 0.5, 0.5, 1.25, 0.10000000149011612],
           [None, 1.0, 1.5, 1.5, -0.1, 2.0], [3.0, 2.0, None, None, None, None]], engine="looser",
          why="it takes the file's types")
    write("texts.parquet",
          {"t": (pa.string(), ["ä", None, ""]), "l": (pa.large_string(), ["x", "y", None]),
           "k": (pa.dictionary(pa.int32(), pa.string()), ["p", "q", "p"]),
           "y": (pa.binary(), [b"z", None, b"w"]), "i": (pa.int64(), [10, 9, None]),
           "b": (pa.bool_(), [True, False, None])},
          "t:t l:t k:t y:t i:t b:t",
          [["ä", "x", "p", "z", "10", "true"], [None, "y", "q", None, "9", "false"],
           ["", None, "p", "w", None, None]], engine="looser", why="it takes the file's types")
    day = datetime.date(2026, 11, 24)
    time = datetime.datetime(2026, 11, 24, 8, 5, 0, 250000)
    write("times.parquet",
          {"d": (pa.date32(), [day, None]), "s": (pa.timestamp("s"), [time.replace(microsecond=0), None]),
           "ms": (pa.timestamp("ms"), [time, None]), "us": (pa.timestamp("us", tz="UTC"), [time, None]),
           "ns": (pa.timestamp("ns"), [time, None])},
          "d:d s:s ms:s us:s ns:s",
          [["2026-11-24", "2026-11-24T08:05:00", "2026-11-24T08:05:00.25", "2026-11-24T08:05:00.25",
            "2026-11-24T08:05:00.25"], [None] * 5])
    write("fraction_for_integer.parquet", {"v": (pa.float64(), [1.0, 2.0, 16.5])}, "v:i",
          error={"code": "schema_mismatch", "field": "v"})
    write("integer_overflow.parquet", {"v": (pa.uint64(), [2**63])}, "v:i",
          error={"code": "schema_mismatch", "field": "v"}, engine="looser", why="a wider type")
    write("text_for_number.parquet", {"v": (pa.string(), ["1"])}, "v:n",
          error={"code": "schema_mismatch", "field": "v"})
    write("nested.parquet", {"v": (pa.list_(pa.int32()), [[1]]), "w": (pa.int32(), [1])}, "v:n",
          error={"code": "unsupported", "field": "v"}, engine="looser", why="read as text")
    write("beside_nested.parquet", {"v": (pa.list_(pa.int32()), [[1]]), "w": (pa.int32(), [1])}, "w:i", [[1]])
    write("empty.parquet", {"v": (pa.int32(), [])}, "v:i", [])
    whole = (HERE / "parquet" / "integers.parquet").read_bytes()
    case("truncated.parquet", whole[:-10], "i8:i", error={"code": "corrupt_data"})
    case("not_parquet.parquet", "a,b\n1,2\n", "a:i", error={"code": "corrupt_data"})


if __name__ == "__main__":
    csv_structure()
    csv_quotes()
    csv_texts()
    csv_values()
    json_files()
    parquet_files()
