#pragma once

#include <array>
#include <string_view>

/// How things are called that hold a key, password or token: the words of log::looks_secret(), domain::is_secret_name() and of what Spark itself is to hide.
namespace slipway::secret_names {

/// Parts of names, in small letters and without what stands between words.
inline constexpr std::array<std::string_view, 6> kParts{"password", "passwd", "passphrase", "secret", "privatekey", "apikey"};
/// Further ones where people name things: members of assets, parameters of addresses, settings of Spark.
inline constexpr std::array<std::string_view, 6> kPartsOfPeople{"token", "accesskey", "accountkey", "connectionstring", "sharedkey", "xamzcredential"};
/// Further ones of what is logged and audited, and of settings of Spark.
inline constexpr std::array<std::string_view, 3> kPartsOfFields{"credential", "authorization", "cookie"};
/// Whole words of such a name, whatever stands beside them.
inline constexpr std::array<std::string_view, 8> kWords{"pass", "pwd", "token", "auth", "bearer", "jwt", "pat", "signature"};
/// Ends of such a name.
inline constexpr std::array<std::string_view, 3> kEnds{"key", "keys", "token"};

}  // namespace slipway::secret_names
