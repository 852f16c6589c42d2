#include "adapters/aws/sigv4.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>
#include <vector>

#include "base/ascii.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"

namespace slipway::aws {

namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

bool is_unreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void append_encoded(std::string& out, std::string_view text, std::string_view also_plain) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    for (const char c : text) {
        if (is_unreserved(c) || also_plain.find(c) != std::string_view::npos) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
        }
    }
}

/// RFC 3986 section 5.2.4 with repeated slashes made one; S3 keeps the path as it is sent.
std::string canonical_path(std::string_view path, bool s3) {
    std::string out;
    if (s3) {
        append_encoded(out, path.empty() ? "/" : path, "/%");
        return out;
    }
    std::vector<std::string_view> segments;
    bool folder = true;
    for (std::size_t at = 0; at <= path.size();) {
        const auto end = std::min(path.find('/', at), path.size());
        const auto segment = path.substr(at, end - at);
        folder = segment.empty() || segment == "." || segment == "..";
        if (segment == ".." && !segments.empty()) {
            segments.pop_back();
        } else if (!folder) {
            segments.push_back(segment);
        }
        at = end + 1;
    }
    for (const auto segment : segments) {
        out += '/';
        append_encoded(out, segment, "");
    }
    return folder || out.empty() ? out + "/" : out;
}

std::string canonical_query(std::string_view query) {
    std::vector<std::pair<std::string, std::string>> parameters;
    for (std::size_t at = 0; at < query.size();) {
        const auto end = std::min(query.find('&', at), query.size());
        const auto part = query.substr(at, end - at);
        at = end + 1;
        if (part.empty()) {
            continue;
        }
        const auto equals = std::min(part.find('='), part.size());
        auto& [name, value] = parameters.emplace_back();
        append_encoded(name, percent_decode_lenient(part.substr(0, equals)), "");
        append_encoded(value, percent_decode_lenient(part.substr(std::min(equals + 1, part.size()))), "");
    }
    std::ranges::sort(parameters);
    std::string out;
    for (const auto& [name, value] : parameters) {
        out += out.empty() ? "" : "&";
        out.append(name).append("=").append(value);
    }
    return out;
}

/// Trimmed, runs of white space (folded lines too) as one space.
std::string canonical_value(std::string_view value) {
    std::string out;
    for (const char c : value) {
        if (!is_space(c)) {
            out += c;
        } else if (!out.empty() && out.back() != ' ') {
            out += ' ';
        }
    }
    if (out.ends_with(' ')) {
        out.pop_back();
    }
    return out;
}

std::string scope_of(std::string_view date, const SigningScope& scope) {
    return fmt::format("{}/{}/{}/aws4_request", date.substr(0, 8), scope.region, scope.service);
}

crypto::Digest signing_key(const Secret& secret, std::string_view day, const SigningScope& scope) {
    const Secret seed{"AWS4" + std::string{secret.reveal()}};
    auto key = crypto::hmac_sha256(seed.reveal(), day);
    for (const auto part : {scope.region, scope.service, std::string_view{"aws4_request"}}) {
        key = crypto::hmac_sha256(crypto::bytes_of(key), part);
    }
    return key;
}

void set_header(HttpHeaders& headers, std::string_view name, std::string value) {
    std::erase_if(headers, [&](const auto& header) { return ascii_lower(header.first) == ascii_lower(name); });
    headers.emplace_back(name, std::move(value));
}

struct Address {
    std::string_view host;
    std::string_view target;
};

Address address_of(std::string_view url) {
    const auto scheme = url.find("://");
    const auto begin = scheme == std::string_view::npos ? 0 : scheme + 3;
    const auto end = std::min(url.find_first_of("/?#", begin), url.size());
    const auto fragment = std::min(url.find('#', end), url.size());
    auto host = url.substr(begin, end - begin);
    if (const auto at = host.rfind('@'); at != std::string_view::npos) {
        host.remove_prefix(at + 1);
    }
    // Clients leave the scheme's own port out of Host.
    const std::string_view own_port = url.starts_with("https:") ? ":443" : ":80";
    if (host.ends_with(own_port)) {
        host.remove_suffix(own_port.size());
    }
    return {host, url.substr(end, fragment - end)};
}

}  // namespace

CanonicalRequest canonical_request(std::string_view method, std::string_view target, const HttpHeaders& headers, std::string_view payload_hash, bool s3) {
    struct Field {
        std::string name;
        std::size_t place;  ///< values of one name keep their order
        std::string value;
    };
    std::vector<Field> fields;
    fields.reserve(headers.size());
    for (const auto& [name, value] : headers) {
        fields.push_back({ascii_lower(name), fields.size(), canonical_value(value)});
    }
    std::ranges::sort(fields, {}, [](const Field& field) { return std::tie(field.name, field.place); });
    CanonicalRequest out;
    std::string lines;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i > 0 && fields[i].name == fields[i - 1].name) {
            lines.back() = ',';
        } else {
            out.signed_headers += (i == 0 ? "" : ";") + fields[i].name;
            lines += fields[i].name + ":";
        }
        lines += fields[i].value + "\n";
    }
    const auto question = std::min(target.find('?'), target.size());
    out.text = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", method, canonical_path(target.substr(0, question), s3),
                           canonical_query(target.substr(std::min(question + 1, target.size()))), lines, out.signed_headers, payload_hash);
    return out;
}

std::string amz_date(Timestamp time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(time - day)};
    return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string string_to_sign(std::string_view canonical_text, std::string_view date, const SigningScope& scope) {
    return fmt::format("{}\n{}\n{}\n{}", kAlgorithm, date, scope_of(date, scope), crypto::sha256_hex(canonical_text));
}

void sign(HttpRequest& request, const SigningKeys& keys, const SigningScope& scope) {
    const auto address = address_of(request.url);
    const auto date = amz_date(scope.time);
    const auto payload_hash = crypto::sha256_hex(request.body);
    auto& headers = request.headers;
    std::erase_if(headers, [](const auto& header) {
        const auto name = ascii_lower(header.first);
        return name == "authorization" || name == "x-amz-security-token";
    });
    set_header(headers, "Host", std::string{address.host});
    set_header(headers, "X-Amz-Date", date);
    if (!keys.session_token.empty()) {
        set_header(headers, "X-Amz-Security-Token", std::string{keys.session_token.reveal()});
    }
    if (scope.s3) {
        set_header(headers, "x-amz-content-sha256", payload_hash);
    }
    const auto canonical = canonical_request(request.method, address.target, headers, payload_hash, scope.s3);
    const auto key = signing_key(keys.secret_access_key, std::string_view{date}.substr(0, 8), scope);
    const auto signature = crypto::hex(crypto::bytes_of(crypto::hmac_sha256(crypto::bytes_of(key), string_to_sign(canonical.text, date, scope))));
    headers.emplace_back("Authorization", fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm, keys.access_key_id,
                                                      scope_of(date, scope), canonical.signed_headers, signature));
}

}  // namespace slipway::aws
