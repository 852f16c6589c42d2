// YAML → settings → configuration: never a crash, and a fault on a line of the file for all that is refused.
#include <algorithm>
#include <cstdlib>

#include "apps/config/load.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace slipway::config;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    Settings settings;
    std::vector<ConfigFault> faults;
    read_file_settings(text, "f.yaml", settings, faults);
    const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
    for (const auto& fault : faults) {
        if (fault.line < 1 || fault.line > lines + 1 || !fault.text.starts_with("f.yaml:")) {
            std::abort();
        }
    }
    std::vector<std::string> warnings;
    Loaded loaded;
    loaded.config = make_config(settings, {}, faults, warnings);
    loaded.settings = std::move(settings);
    // What `config show` writes reads back without a fault; masked secrets alone may be refused.
    const bool secrets = std::ranges::any_of(loaded.settings, [](const auto& item) { return item.second.key->secret; });
    if (faults.empty() && !secrets) {
        Settings again;
        read_file_settings(show(loaded, true), "g.yaml", again, faults);
        if (!faults.empty()) {
            std::abort();
        }
    }
    return 0;
}
