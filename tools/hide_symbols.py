#!/usr/bin/env python3
"""hide_symbols.py FROM TO LIBRARY...: copies libraries of folder FROM to TO, foreign names hidden.

The Arrow wheel's libparquet exports some 4,000 functions of its static OpenSSL and libarrow_compute
those of abseil and re2. In one process with the system's libcrypto the two copies interpose each
other: half of libssl would call the wrong OpenSSL. The dynamic linker ignores a hidden entry of
.dynsym and binds the library's own calls to it locally, so setting one byte per symbol
(st_other = STV_HIDDEN) is enough; no section moves.

Kept are the names of Arrow, Parquet and the C++ library, and whatever a sibling library of FROM
imports (libarrow_acero takes __cxa_call_terminate from libarrow_compute).
"""
import pathlib
import re
import struct
import sys
from typing import Iterator, NamedTuple

OWN_NAME = re.compile(
    rb"^_Z\w*?(?:5arrow|7parquet|14arrow_vendored|13opentelemetry|St|Ss|NSt|NKSt)"
    rb"|^(?:arrow_|Arrow|_init$|_fini$)"
)
SHT_DYNSYM = 11
STB_GLOBAL, STB_WEAK = 1, 2
STV_HIDDEN = 2
SYMBOL_SIZE = 24
OTHER_OFFSET = 5  # of st_other in a symbol


class Symbol(NamedTuple):
    offset: int
    name: bytes
    binding: int
    defined: bool


def dynamic_symbols(elf: bytes) -> Iterator[Symbol]:
    """The entries of .dynsym (ELF-64, little endian)."""
    if elf[:6] != b"\x7fELF\x02\x01":
        sys.exit("hide_symbols: not a 64-bit little-endian ELF file")
    (section_table,) = struct.unpack_from("<Q", elf, 0x28)
    entry_size, count = struct.unpack_from("<HH", elf, 0x3A)
    starts = range(section_table, section_table + count * entry_size, entry_size)
    sections = [struct.unpack_from("<IIQQQQIIQQ", elf, start) for start in starts]
    table = next(s for s in sections if s[1] == SHT_DYNSYM)
    start, size, strings = table[4], table[5], sections[table[6]][4]
    for offset in range(start, start + size, SYMBOL_SIZE):
        name, info, _, section = struct.unpack_from("<IBBH", elf, offset)
        begin = strings + name
        yield Symbol(offset, bytes(elf[begin : elf.index(0, begin)]), info >> 4, section != 0)


def main(source: pathlib.Path, target: pathlib.Path, libraries: list[str]) -> None:
    imported = {
        symbol.name
        for path in source.glob("lib*.so.*")
        for symbol in dynamic_symbols(path.read_bytes())
        if not symbol.defined
    }
    for library in libraries:
        elf = bytearray((source / library).read_bytes())
        hidden = 0
        for symbol in list(dynamic_symbols(elf)):
            exported = symbol.defined and symbol.name and symbol.binding in (STB_GLOBAL, STB_WEAK)
            if exported and not OWN_NAME.search(symbol.name) and symbol.name not in imported:
                other = symbol.offset + OTHER_OFFSET
                elf[other] = elf[other] & ~3 | STV_HIDDEN
                hidden += 1
        (target / library).write_bytes(elf)
        print(f"{library}: {hidden} symbols hidden")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:])
