#include "apps/cli/contexts.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/cli/yaml_writer.hpp"
#include "apps/config/yaml_tree.hpp"
#include "base/unique_fd.hpp"

namespace slipway::cli {
namespace {

std::unexpected<Error> file_error(const std::string& path, std::string_view what) {
    return fail(ErrorCode::failed_precondition, "CONTEXT_FILE", path + ": " + std::string{what} + ": " + std::strerror(errno));
}

Result<void> write_file(const std::string& path, const std::string& text) {
    const std::string fresh = path + ".new";
    {
        const UniqueFd file{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)};
        if (file.get() < 0 || ::fchmod(file.get(), 0600) != 0) {
            return file_error(fresh, "cannot be written");
        }
        if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) || ::fsync(file.get()) != 0) {
            return file_error(fresh, "cannot be written");
        }
    }
    if (::rename(fresh.c_str(), path.c_str()) != 0) {
        return file_error(path, "cannot be replaced");
    }
    return {};
}

Context context_of(const config::YamlNode& node) {
    Context context;
    context.name = node.text_of("name");
    context.url = node.text_of("url");
    context.user = node.text_of("user");
    context.access_token = Secret{std::string{node.text_of("accessToken")}};
    context.refresh_token = Secret{std::string{node.text_of("refreshToken")}};
    context.expires = from_iso(node.text_of("expires")).value_or(Timestamp{});
    context.by_code = node.text_of("signIn") == "code";
    return context;
}

}  // namespace

Context* Contexts::find(std::string_view name) {
    const auto found = std::ranges::find(list, name, &Context::name);
    return found == list.end() ? nullptr : &*found;
}

const Context* Contexts::find(std::string_view name) const {
    const auto found = std::ranges::find(list, name, &Context::name);
    return found == list.end() ? nullptr : &*found;
}

std::string contexts_path(const config::Environment& environment) {
    const auto value = [&](std::string_view name) {
        const auto found = environment.find(name);
        return found == environment.end() ? std::string{} : found->second;
    };
    if (const auto home = value("SLIPWAY_CONFIG_HOME"); !home.empty()) {
        return home + "/config.yaml";
    }
    if (const auto home = value("XDG_CONFIG_HOME"); !home.empty()) {
        return home + "/slipway/config.yaml";
    }
    return value("HOME") + "/.config/slipway/config.yaml";
}

Result<Contexts> ContextFile::read() const {
    Contexts contexts;
    std::ifstream file{path_, std::ios::binary};
    if (!file) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return contexts;
        }
        return file_error(path_, "cannot be read");
    }
    std::ostringstream text;
    text << file.rdbuf();
    const auto document = config::read_yaml(text.str());
    if (!document.faults.empty()) {
        return fail(
            ErrorCode::failed_precondition, "CONTEXT_FILE",
            path_ + ":" + std::to_string(document.faults[0].line) + ": " + document.faults[0].message + ". Mend the file, or remove it and sign in again.");
    }
    contexts.current = document.root.text_of("current");
    if (const auto* list = document.root.find("contexts")) {
        for (const auto& item : list->items) {
            contexts.list.push_back(context_of(item));
        }
    }
    return contexts;
}

Result<void> ContextFile::update(const std::function<Result<void>(Contexts&)>& change) const {
    const auto folder = std::filesystem::path{path_}.parent_path();
    std::error_code failed;
    const bool made = std::filesystem::create_directories(folder, failed);
    if (failed) {
        errno = failed.value();
        return file_error(folder.string(), "cannot be made");
    }
    if (made) {
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
    }
    const UniqueFd lock{::open((path_ + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (lock.get() < 0 || ::flock(lock.get(), LOCK_EX) != 0) {
        return file_error(path_ + ".lock", "cannot be locked");
    }
    SW_TRY(auto contexts, read());
    SW_CHECK(change(contexts));
    return write(contexts);
}

Result<void> ContextFile::write(const Contexts& contexts) const {
    json::array list;
    for (const auto& context : contexts.list) {
        json::object item{{"name", context.name}, {"url", context.url}, {"user", context.user}};
        if (context.by_code) {
            item["signIn"] = "code";
        }
        if (!context.access_token.empty()) {
            item["accessToken"] = context.access_token.reveal();
            item["refreshToken"] = context.refresh_token.reveal();
            item["expires"] = to_iso(context.expires);
        }
        list.push_back(std::move(item));
    }
    return write_file(path_, "# Written by slipway; it holds tokens.\n" + to_yaml(json::object{{"current", contexts.current}, {"contexts", std::move(list)}}));
}

}  // namespace slipway::cli
