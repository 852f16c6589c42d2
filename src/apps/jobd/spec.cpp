#include "apps/jobd/spec.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace jobd {
namespace {

bool take(std::string_view entry, std::string_view name, std::string_view& value) {
    if (entry.size() <= name.size() || !entry.starts_with(name) || entry[name.size()] != '=') {
        return false;
    }
    value = entry.substr(name.size() + 1);
    return true;
}

}  // namespace

bool parse_spec(std::string_view text, Spec& spec) {
    bool first = true;
    while (!text.empty()) {
        const auto end = text.find('\0');
        const auto entry = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (first) {
            first = false;
            if (entry != "slipway-jobd 1") {
                return false;
            }
            continue;
        }
        std::string_view value;
        if (take(entry, "argv", value)) {
            spec.arguments.emplace_back(value);
        } else if (take(entry, "env", value)) {
            spec.environment.emplace_back(value);
        } else if (take(entry, "cwd", value)) {
            spec.working_directory = value;
        } else if (take(entry, "stdout", value)) {
            spec.stdout_path = value;
        } else if (take(entry, "stderr", value)) {
            spec.stderr_path = value;
        } else if (take(entry, "secret", value)) {
            spec.secret_files.emplace_back(value);
        } else if (take(entry, "held", value)) {
            spec.held_path = value;
        } else if (take(entry, "boot", value)) {
            spec.boot = value;
        } else if (take(entry, "uid", value)) {
            spec.switch_user = true;
            spec.uid = static_cast<uid_t>(std::strtoul(std::string{value}.c_str(), nullptr, 10));
        } else if (take(entry, "gid", value)) {
            spec.gid = static_cast<gid_t>(std::strtoul(std::string{value}.c_str(), nullptr, 10));
        } else if (take(entry, "group", value)) {
            spec.groups.push_back(static_cast<gid_t>(std::strtoul(std::string{value}.c_str(), nullptr, 10)));
        }  // what a newer runtime adds is left alone
    }
    return !spec.arguments.empty() && !spec.stdout_path.empty() && !spec.stderr_path.empty();
}

std::string read_whole(const std::string& path) {
    std::string out;
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return out;
    }
    char piece[65536];
    ssize_t got = 0;
    while ((got = read(fd, piece, sizeof piece)) > 0) {
        out.append(piece, static_cast<std::size_t>(got));
    }
    close(fd);
    return out;
}

}  // namespace jobd
