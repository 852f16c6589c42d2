#pragma once

#include <string_view>

/// Which files of a folder hold keys or passwords: such are never uploaded with a model.
namespace slipway::cli {

/// Why a file of this path within the folder is not taken (`id_rsa`, `*.pem`, `.env`, what lies in `.aws`, …); empty where its name tells of no secret.
std::string_view secret_reason(std::string_view path);

/// Whether the content has a private key in PEM, also behind certificates, whatever its file is called.
bool is_private_key(std::string_view content);

}  // namespace slipway::cli
