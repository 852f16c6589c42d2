#include "apps/config/load.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
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
    for (auto& fault : faults) {
        loaded.faults.push_back(std::move(fault.text));
    }
    return loaded;
}

}  // namespace slipway::config
