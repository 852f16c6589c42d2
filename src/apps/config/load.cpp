#include "apps/config/load.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>
#include <sys/stat.h>

namespace slipway::config {
namespace {

bool exists(const std::string& path) {
    struct stat info{};
    return ::stat(path.c_str(), &info) == 0;
}

/// Reads the file into `settings`.
void read_file(const std::string& path, Loaded& loaded, std::vector<ConfigFault>& faults) {
    struct stat info{};
    std::ifstream file;
    if (::stat(path.c_str(), &info) != 0) {
        faults.push_back({0, path + ": cannot be read: " + std::strerror(errno)});
        return;
    }
    if (!S_ISREG(info.st_mode)) {
        faults.push_back({0, path + ": is no file"});
        return;
    }
    file.open(path, std::ios::binary);
    std::ostringstream text;
    if (!file || (info.st_size > 0 && !(text << file.rdbuf()))) {
        faults.push_back({0, path + ": cannot be read: " + std::strerror(errno)});
        return;
    }
    loaded.file = path;
    read_file_settings(text.str(), path, loaded.settings, faults);
    bool secrets = false;
    for (const auto& [name, setting] : loaded.settings) {
        secrets = secrets || setting.key->secret;
    }
    if (secrets && (info.st_mode & S_IROTH) != 0) {
        loaded.warnings.push_back(path + " has secrets and can be read by everybody on this machine; run chmod 600 on it");
    }
}

std::string origin_of(const Loaded& loaded, const std::string& name) {
    const auto found = loaded.settings.find(name);
    return (found == loaded.settings.end() ? std::string{} : found->second.origin + ": ") + name + ": ";
}

std::optional<std::string> content_of(const std::string& path) {
    struct stat info{};
    std::ifstream file{path, std::ios::binary};
    std::ostringstream text;
    if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || !file || (info.st_size > 0 && !(text << file.rdbuf()))) {
        return std::nullopt;
    }
    return text.str();
}

/// Files that `serve` cannot do without; those that another program brings later are worth a warning.
void check_files(Loaded& loaded, std::vector<ConfigFault>& faults) {
    const auto& server = loaded.config.server;
    if (!server.ca_file.empty()) {
        const auto text = content_of(server.ca_file);
        if (!text || !text->contains("-----BEGIN CERTIFICATE-----")) {
            faults.push_back({0, origin_of(loaded, "server.caFile") + server.ca_file + (text ? " has no certificate in PEM" : " cannot be read")});
        }
    }
    if (struct stat info{}; !server.key_file.empty() && (::stat(server.key_file.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_size != 32)) {
        faults.push_back(
            {0, origin_of(loaded, "server.keyFile") + server.key_file +
                    " is no file of 32 bytes. Put it back from your copy, or make one for a new database: head -c 32 /dev/urandom > FILE && chmod 600 FILE"});
    }
    for (const auto& credential : loaded.config.credentials.configured) {
        if (!credential.web_identity_token_file.empty() && !exists(credential.web_identity_token_file)) {
            loaded.warnings.push_back("webIdentityTokenFile: " + credential.web_identity_token_file + " is not there (yet)");
        }
    }
}

/// Where secrets were read from: the configuration file, and those that variables name.
std::vector<std::string> secret_files_of(const Loaded& loaded, const Environment& environment) {
    std::set<std::string> out;
    for (const auto& [name, setting] : loaded.settings) {
        const auto variable = environment.find(setting.origin);
        if (setting.key->secret && variable != environment.end() && setting.origin.ends_with("_FILE")) {
            out.insert(variable->second);
        } else if (setting.key->secret && variable == environment.end() && !loaded.file.empty() && setting.origin.starts_with(loaded.file + ":")) {
            out.insert(loaded.file);
        }
    }
    return {out.begin(), out.end()};
}

}  // namespace

Loaded load(const Sources& sources) {
    Loaded loaded;
    std::vector<ConfigFault> faults;
    if (sources.file) {
        read_file(*sources.file, loaded, faults);
    } else if (exists(sources.standard_file)) {
        read_file(sources.standard_file, loaded, faults);
    }
    read_environment_settings(sources.environment, loaded.settings, faults);
    for (const auto& flag : sources.flags) {
        set_from_flag(flag.key, flag.value, flag.flag, loaded.settings, faults);
    }
    loaded.config = make_config(loaded.settings, sources.environment, faults, loaded.warnings);
    loaded.config.spark_runtime.secret_files = secret_files_of(loaded, sources.environment);
    check_files(loaded, faults);
    for (auto& fault : faults) {
        loaded.faults.push_back(std::move(fault.text));
    }
    return loaded;
}

}  // namespace slipway::config
