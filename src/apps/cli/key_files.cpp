#include "apps/cli/key_files.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/ascii.hpp"

namespace slipway::cli {

std::string_view secret_reason(std::string_view path) {
    const auto whole = "/" + ascii_lower(path);
    const std::string_view name = std::string_view{whole}.substr(whole.rfind('/') + 1);
    constexpr std::array<std::string_view, 16> kNames{".env",       ".netrc",           "_netrc",          ".pgpass",    ".pypirc", ".npmrc",
                                                      ".my.cnf",    ".git-credentials", ".htpasswd",       "id_rsa",     "id_dsa",  "id_ecdsa",
                                                      "id_ed25519", "credentials",      "credentials.csv", "pgpass.conf"};
    constexpr std::array<std::string_view, 10> kEnds{".pem", ".key", ".ppk", ".keytab", ".p12", ".pfx", ".jks", ".keystore", ".jceks", ".kdbx"};
    constexpr std::array<std::string_view, 7> kFolders{"/.aws", "/.ssh", "/.azure", "/.kube", "/.gnupg", "/.docker", "/.config/gcloud"};
    const bool named = std::ranges::find(kNames, name) != kNames.end() || name.starts_with(".env.") || name.starts_with("krb5cc_");
    const bool ended = std::ranges::any_of(kEnds, [&](auto end) { return name.ends_with(end); });
    const bool within = std::ranges::any_of(kFolders, [&](auto folder) { return whole.ends_with(folder) || whole.contains(std::string{folder} + "/"); });
    return named || ended || within ? "it may hold keys or passwords: the server gets those as credentials, never as files of a model" : std::string_view{};
}

bool is_private_key(std::string_view content) {
    constexpr std::string_view kBegin = "-----BEGIN ";
    constexpr std::size_t kLongest = 64;  // of such a line: one in JSON does not end
    for (auto at = content.find(kBegin); at != std::string_view::npos; at = content.find(kBegin, at + 1)) {
        const auto line = content.substr(at, kLongest);
        if (line.substr(0, line.find('\n')).contains("PRIVATE KEY")) {
            return true;
        }
    }
    return false;
}

}  // namespace slipway::cli
