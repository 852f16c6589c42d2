#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace slipway::domain {

/// Scheme of a URL in lower case, without `jdbc:` before it; empty when `text` has none (a plain path).
std::string url_scheme(std::string_view text);

/// A secret that stood in a URL.
struct UrlSecret {
    std::string name;   ///< `userinfo`, or the name of the query parameter
    std::string value;  ///< as it stood in the URL
};

/// `text` without user info and without query parameters that grant access (signatures, tokens, passwords).
struct CleanUrl {
    std::string url;
    std::vector<UrlSecret> secrets;
};

/// Looks at `text` as a whole, however long: what does not begin with a URL that has an authority comes back unchanged. Blanks end nothing, since
/// people write them into paths. The container in `abfss://container@account` and the login name in `ssh://git@host` are addresses, not secrets.
CleanUrl clean_url(std::string_view text);

/// True for the name of a member or parameter that holds a key, password or token.
bool is_secret_name(std::string_view name);

}  // namespace slipway::domain
