#include "spark/python_files.hpp"

#include <algorithm>
#include <array>

namespace slipway::spark {
namespace {

constexpr std::array kStandardModules = std::to_array<std::string_view>({"abc",
                                                                         "aifc",
                                                                         "annotationlib",
                                                                         "antigravity",
                                                                         "argparse",
                                                                         "array",
                                                                         "ast",
                                                                         "asynchat",
                                                                         "asyncio",
                                                                         "asyncore",
                                                                         "atexit",
                                                                         "audioop",
                                                                         "base64",
                                                                         "bdb",
                                                                         "binascii",
                                                                         "binhex",
                                                                         "bisect",
                                                                         "builtins",
                                                                         "bz2",
                                                                         "cProfile",
                                                                         "calendar",
                                                                         "cgi",
                                                                         "cgitb",
                                                                         "chunk",
                                                                         "cmath",
                                                                         "cmd",
                                                                         "code",
                                                                         "codecs",
                                                                         "codeop",
                                                                         "collections",
                                                                         "colorsys",
                                                                         "compileall",
                                                                         "compression",
                                                                         "concurrent",
                                                                         "configparser",
                                                                         "contextlib",
                                                                         "contextvars",
                                                                         "copy",
                                                                         "copyreg",
                                                                         "crypt",
                                                                         "csv",
                                                                         "ctypes",
                                                                         "curses",
                                                                         "dataclasses",
                                                                         "datetime",
                                                                         "dbm",
                                                                         "decimal",
                                                                         "difflib",
                                                                         "dis",
                                                                         "distutils",
                                                                         "doctest",
                                                                         "email",
                                                                         "encodings",
                                                                         "ensurepip",
                                                                         "enum",
                                                                         "errno",
                                                                         "faulthandler",
                                                                         "fcntl",
                                                                         "filecmp",
                                                                         "fileinput",
                                                                         "fnmatch",
                                                                         "formatter",
                                                                         "fractions",
                                                                         "ftplib",
                                                                         "functools",
                                                                         "gc",
                                                                         "genericpath",
                                                                         "getopt",
                                                                         "getpass",
                                                                         "gettext",
                                                                         "glob",
                                                                         "graphlib",
                                                                         "grp",
                                                                         "gzip",
                                                                         "hashlib",
                                                                         "heapq",
                                                                         "hmac",
                                                                         "html",
                                                                         "http",
                                                                         "idlelib",
                                                                         "imaplib",
                                                                         "imghdr",
                                                                         "imp",
                                                                         "importlib",
                                                                         "inspect",
                                                                         "io",
                                                                         "ipaddress",
                                                                         "itertools",
                                                                         "json",
                                                                         "keyword",
                                                                         "lib2to3",
                                                                         "linecache",
                                                                         "locale",
                                                                         "logging",
                                                                         "lzma",
                                                                         "macpath",
                                                                         "mailbox",
                                                                         "mailcap",
                                                                         "marshal",
                                                                         "math",
                                                                         "mimetypes",
                                                                         "mmap",
                                                                         "modulefinder",
                                                                         "msilib",
                                                                         "msvcrt",
                                                                         "multiprocessing",
                                                                         "netrc",
                                                                         "nis",
                                                                         "nntplib",
                                                                         "nt",
                                                                         "ntpath",
                                                                         "nturl2path",
                                                                         "numbers",
                                                                         "opcode",
                                                                         "operator",
                                                                         "optparse",
                                                                         "os",
                                                                         "ossaudiodev",
                                                                         "parser",
                                                                         "pathlib",
                                                                         "pdb",
                                                                         "pickle",
                                                                         "pickletools",
                                                                         "pipes",
                                                                         "pkgutil",
                                                                         "platform",
                                                                         "plistlib",
                                                                         "poplib",
                                                                         "posix",
                                                                         "posixpath",
                                                                         "pprint",
                                                                         "profile",
                                                                         "pstats",
                                                                         "pty",
                                                                         "pwd",
                                                                         "py_compile",
                                                                         "pyclbr",
                                                                         "pydoc",
                                                                         "pydoc_data",
                                                                         "pyexpat",
                                                                         "queue",
                                                                         "quopri",
                                                                         "random",
                                                                         "re",
                                                                         "readline",
                                                                         "reprlib",
                                                                         "resource",
                                                                         "rlcompleter",
                                                                         "runpy",
                                                                         "sched",
                                                                         "secrets",
                                                                         "select",
                                                                         "selectors",
                                                                         "shelve",
                                                                         "shlex",
                                                                         "shutil",
                                                                         "signal",
                                                                         "site",
                                                                         "smtpd",
                                                                         "smtplib",
                                                                         "sndhdr",
                                                                         "socket",
                                                                         "socketserver",
                                                                         "spwd",
                                                                         "sqlite3",
                                                                         "sre_compile",
                                                                         "sre_constants",
                                                                         "sre_parse",
                                                                         "ssl",
                                                                         "stat",
                                                                         "statistics",
                                                                         "string",
                                                                         "stringprep",
                                                                         "struct",
                                                                         "subprocess",
                                                                         "sunau",
                                                                         "symbol",
                                                                         "symtable",
                                                                         "sys",
                                                                         "sysconfig",
                                                                         "syslog",
                                                                         "tabnanny",
                                                                         "tarfile",
                                                                         "telnetlib",
                                                                         "tempfile",
                                                                         "termios",
                                                                         "textwrap",
                                                                         "this",
                                                                         "threading",
                                                                         "time",
                                                                         "timeit",
                                                                         "tkinter",
                                                                         "token",
                                                                         "tokenize",
                                                                         "tomllib",
                                                                         "trace",
                                                                         "traceback",
                                                                         "tracemalloc",
                                                                         "tty",
                                                                         "turtle",
                                                                         "turtledemo",
                                                                         "types",
                                                                         "typing",
                                                                         "unicodedata",
                                                                         "unittest",
                                                                         "urllib",
                                                                         "uu",
                                                                         "uuid",
                                                                         "venv",
                                                                         "warnings",
                                                                         "wave",
                                                                         "weakref",
                                                                         "webbrowser",
                                                                         "winreg",
                                                                         "winsound",
                                                                         "wsgiref",
                                                                         "xdrlib",
                                                                         "xml",
                                                                         "xmlrpc",
                                                                         "zipapp",
                                                                         "zipfile",
                                                                         "zipimport",
                                                                         "zlib",
                                                                         "zoneinfo"});
static_assert(std::ranges::is_sorted(kStandardModules));

bool is_of_a_codec(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

/// Where a comment line names its codec. @return npos and 0 where it does not.
std::pair<std::size_t, std::size_t> codec_of(std::string_view line) {
    constexpr std::string_view kMark = "coding";
    for (auto at = line.find(kMark); at != std::string_view::npos; at = line.find(kMark, at + 1)) {
        auto begin = at + kMark.size();
        if (begin >= line.size() || (line[begin] != ':' && line[begin] != '=')) {
            continue;
        }
        begin = std::min(line.find_first_not_of(" \t", begin + 1), line.size());
        const auto end = std::ranges::find_if_not(line.substr(begin), is_of_a_codec) - line.begin();
        if (static_cast<std::size_t>(end) > begin) {
            return {begin, static_cast<std::size_t>(end) - begin};
        }
    }
    return {std::string_view::npos, 0};
}

}  // namespace

bool is_standard_module(std::string_view name) {
    return std::ranges::binary_search(kStandardModules, name);
}

std::string_view declared_codec(std::string_view text) {
    constexpr int kLines = 2;
    std::size_t at = 0;
    for (int i = 0; i < kLines && at < text.size(); ++i) {
        const auto end = std::min(text.find_first_of("\r\n", at), text.size());
        const auto line = text.substr(at, end - at);
        const auto first = line.find_first_not_of(i == 0 && line.starts_with("\xEF\xBB\xBF") ? " \t\f\xEF\xBB\xBF" : " \t\f");
        if (first != std::string_view::npos && line[first] != '#') {
            break;
        }
        if (const auto [begin, length] = codec_of(line); begin != std::string_view::npos) {
            return text.substr(at + begin, length);
        }
        at = text.substr(end).starts_with("\r\n") ? end + 2 : end + 1;
    }
    return {};
}

std::string as_utf8_source(std::string_view text) {
    const auto codec = declared_codec(text);
    if (codec.empty()) {
        return std::string{text};
    }
    const auto before = static_cast<std::size_t>(codec.data() - text.data());
    return std::string{text.substr(0, before)} + "utf-8" + std::string{text.substr(before + codec.size())};
}

}  // namespace slipway::spark
