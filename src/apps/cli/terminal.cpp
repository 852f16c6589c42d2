#include "apps/cli/terminal.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <thread>
#include <unistd.h>

#include "base/write_all.hpp"

extern char** environ;

namespace slipway::cli {
namespace {

std::atomic<bool> interrupted_flag{false};

extern "C" void on_interrupt(int /*signal*/) {
    interrupted_flag = true;
}

std::string read_all(int fd, std::size_t limit) {
    std::string text;
    std::string buffer(65536, '\0');
    while (text.size() <= limit) {
        const auto got = ::read(fd, buffer.data(), buffer.size());
        if (got == 0 || (got < 0 && (errno != EINTR || interrupted_flag))) {
            break;
        }
        text.append(buffer, 0, got > 0 ? static_cast<std::size_t>(got) : 0);
    }
    return text;
}

/// Echo is off while it lives.
class NoEcho {
public:
    NoEcho() {
        ::tcgetattr(STDIN_FILENO, &before_);
        termios quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    ~NoEcho() { ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
    NoEcho(const NoEcho&) = delete;
    NoEcho& operator=(const NoEcho&) = delete;

private:
    termios before_{};
};

Result<Secret> ask_without_echo(const std::string& prompt) {
    if (::isatty(STDIN_FILENO) == 0) {
        return fail(ErrorCode::invalid_argument, "USAGE", "There is no terminal to ask on.");
    }
    write_all(STDERR_FILENO, prompt);
    std::string line;
    {
        const NoEcho quiet;
        char c = 0;
        while (::read(STDIN_FILENO, &c, 1) == 1 && c != '\n') {
            line += c;
        }
    }
    write_all(STDERR_FILENO, "\n");
    if (interrupted_flag) {
        return fail(ErrorCode::unavailable, "CANCELLED", "Interrupted.");
    }
    return Secret{std::move(line)};
}

/// Ends as a write into the pipe would end it; where that signal is ignored, as one who has said enough.
void end_with_reader() {
    struct stat info{};
    if (::fstat(STDOUT_FILENO, &info) != 0 || (!S_ISFIFO(info.st_mode) && !S_ISSOCK(info.st_mode))) {
        return;
    }
    std::thread{[] {
        pollfd reader{.fd = STDOUT_FILENO, .events = 0, .revents = 0};
        while (::poll(&reader, 1, -1) < 0 && errno == EINTR) {
        }
        ::raise(SIGPIPE);
        ::_exit(EXIT_SUCCESS);
    }}.detach();
}

/// Decodes one code point; a wrong byte counts as itself.
char32_t next_code_point(std::string_view text, std::size_t& at) {
    const auto first = static_cast<unsigned char>(text[at++]);
    const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
    char32_t code = more == 0 ? first : first & (0x3FU >> more);
    for (int i = 0; i < more && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U; ++i) {
        code = (code << 6U) | (static_cast<unsigned char>(text[at++]) & 0x3FU);
    }
    return code;
}

std::size_t width_of(char32_t c) {
    if ((c >= 0x300 && c <= 0x36F) || c == 0x200B || c == 0x200D || (c >= 0xFE00 && c <= 0xFE0F)) {
        return 0;
    }
    const bool wide = (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
                      (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) || (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F300 && c <= 0x1FAFF) ||
                      (c >= 0x20000 && c <= 0x3FFFD);
    return wide ? 2 : 1;
}

}  // namespace

std::string World::env(std::string_view name) const {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string{} : found->second;
}

Terminal system_terminal() {
    constexpr std::size_t kMaxInput = 25U << 20;
    Terminal terminal;
    const auto failed = std::make_shared<int>(0);
    terminal.out = [failed](std::string_view text) {
        if (!write_all(STDOUT_FILENO, text) && *failed == 0) {
            *failed = errno;
        }
    };
    // Whoever closes a pipe has read enough.
    terminal.out_problem = [failed] { return *failed == 0 || *failed == EPIPE ? std::string{} : std::string{std::strerror(*failed)}; };
    terminal.end_with_reader = end_with_reader;
    terminal.err = [](std::string_view text) { write_all(STDERR_FILENO, text); };
    terminal.out_is_tty = ::isatty(STDOUT_FILENO) != 0;
    terminal.err_is_tty = ::isatty(STDERR_FILENO) != 0;
    terminal.in_is_tty = ::isatty(STDIN_FILENO) != 0;
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) {
        terminal.width = size.ws_col;
    }
    terminal.ask_secret = ask_without_echo;
    terminal.read_input = [] { return read_all(STDIN_FILENO, kMaxInput); };
    return terminal;
}

const std::atomic<bool>& watch_interrupts() {
    struct sigaction action{};
    action.sa_handler = on_interrupt;
    action.sa_flags = static_cast<int>(SA_RESETHAND);  // a second Ctrl-C ends the process at once
    ::sigaction(SIGINT, &action, nullptr);
    return interrupted_flag;
}

config::Environment system_environment() {
    config::Environment all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view line{*entry};
        const auto equals = line.find('=');
        if (equals != std::string_view::npos) {
            all.emplace(line.substr(0, equals), line.substr(equals + 1));
        }
    }
    return all;
}

std::size_t columns_of(std::string_view text) {
    std::size_t columns = 0;
    for (std::size_t at = 0; at < text.size();) {
        columns += width_of(next_code_point(text, at));
    }
    return columns;
}

std::string harmless(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        const char32_t c = next_code_point(text, at);
        const bool direction = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
        if (c == '\n' || c == '\t' || c == '\r') {
            out += ' ';
        } else if (c >= 0x20 && c != 0x7F && !(c >= 0x80 && c <= 0x9F) && !direction) {
            out += text.substr(begin, at - begin);
        }
    }
    return out;
}

std::string shortened(std::string_view text, std::size_t width) {
    if (columns_of(text) <= width) {
        return std::string{text};
    }
    std::size_t columns = 0;
    std::size_t keep = 0;
    for (std::size_t at = 0; at < text.size();) {
        columns += width_of(next_code_point(text, at));
        if (columns + 1 > width) {
            break;
        }
        keep = at;
    }
    return std::string{text.substr(0, keep)} + "…";
}

}  // namespace slipway::cli
