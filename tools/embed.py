#!/usr/bin/env python3
"""Writes a C++ file that carries files inside the binary.

usage: embed.py SYMBOL OUT.cpp BASE_DIR [FILE…]

The result defines `std::span<const slipway::EmbeddedFile> slipway::embedded::SYMBOL()`; names are relative to BASE_DIR, in order.
A BASE_DIR that does not exist, or no files, gives an empty list.
"""
import pathlib
import sys


def main() -> int:
    symbol, out, base = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    files = [pathlib.Path(f) for f in sys.argv[4:]] or (sorted(p for p in base.rglob("*") if p.is_file()) if base.is_dir() else [])
    parts = ['#include "base/embedded.hpp"\n', "#include <array>\n"]
    rows = []
    for index, path in enumerate(sorted(files)):
        label = f"slipway_embedded_{symbol}_{index}"
        parts.append(
            f'asm(".section .rodata\\n.global {label}\\n{label}:\\n.incbin \\"{path.resolve()}\\"\\n'
            f'.global {label}_end\\n{label}_end:\\n.byte 0\\n.previous\\n");\n'
            f'extern "C" {{ extern const char {label}[]; extern const char {label}_end[]; }}\n'
        )
        rows.append(f'        EmbeddedFile{{"{path.relative_to(base).as_posix()}", {{{label}, static_cast<std::size_t>({label}_end - {label})}}}},\n')
    parts.append(
        "namespace slipway::embedded {\n"
        f"std::span<const EmbeddedFile> {symbol}() {{\n"
        f"    static const std::array<EmbeddedFile, {len(rows)}> files{{{{\n{''.join(rows)}    }}}};\n"
        "    return files;\n}\n}  // namespace slipway::embedded\n"
    )
    text = "".join(parts)
    if not out.exists() or out.read_text() != text:
        out.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
