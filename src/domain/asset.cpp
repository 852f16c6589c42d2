#include "domain/asset.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "domain/spark_secrets.hpp"
#include "domain/url.hpp"

namespace slipway::domain {

namespace {

constexpr std::size_t kLongestUrl = 8192;

using Schemes = std::span<const std::string_view>;

/// What a `repositoryType` may be addressed by; an unknown type gets every scheme that names data.
Schemes schemes_of(std::string_view repository_type) {
    static constexpr std::array<std::string_view, 5> kS3{"s3", "s3a", "s3n", "http", "https"};
    static constexpr std::array<std::string_view, 5> kHdfs{"hdfs", "webhdfs", "swebhdfs", "viewfs", "file"};
    static constexpr std::array<std::string_view, 4> kGit{"http", "https", "ssh", "git"};
    static constexpr std::array<std::string_view, 6> kAzure{"abfs", "abfss", "wasb", "wasbs", "http", "https"};
    static constexpr std::array<std::string_view, 3> kGcp{"gs", "http", "https"};
    static constexpr std::array<std::string_view, 19> kAll{"s3",   "s3a",   "s3n",  "hdfs",  "webhdfs", "swebhdfs", "viewfs", "file", "http", "https",
                                                           "abfs", "abfss", "wasb", "wasbs", "adl",     "gs",       "dbfs",   "ssh",  "git"};
    if (repository_type == "S3_REPOSITORY") {
        return kS3;
    }
    if (repository_type == "HDFS_REPOSITORY") {
        return kHdfs;
    }
    if (repository_type == "GIT_REPO") {
        return kGit;
    }
    if (repository_type.starts_with("AZURE")) {
        return kAzure;
    }
    if (repository_type.starts_with("GCP") || repository_type.starts_with("GCS") || repository_type.starts_with("GOOGLE")) {
        return kGcp;
    }
    return kAll;
}

std::string joined(Schemes schemes) {
    std::string out;
    for (const auto scheme : schemes) {
        (out += out.empty() ? "" : ", ") += scheme;
    }
    return out;
}

void check_url(const Asset& asset, const std::string& at, json::Faults& faults) {
    const std::string& url = *asset.file_url;
    if (url.empty()) {
        faults.add(at, "the address of the file", "empty text");
        return;
    }
    if (std::ranges::any_of(url, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }) || url.front() == ' ') {
        faults.add(at, "an address without control characters", "text with one");
        return;
    }
    if (url.size() > kLongestUrl) {
        faults.add(at, fmt::format("an address of at most {} bytes", kLongestUrl), fmt::format("{} bytes", url.size()));
        return;
    }
    const auto allowed = schemes_of(asset.repository_info ? json::text_of(*asset.repository_info, "repositoryType") : std::string_view{});
    if (const auto scheme = url_scheme(url); !scheme.empty() && std::ranges::find(allowed, scheme) == allowed.end()) {
        faults.add(at, "an address with one of the schemes " + joined(allowed), fmt::format("scheme \"{}\"", scheme.substr(0, 40)));
    }
    if (!clean_url(url).secrets.empty()) {
        faults.add(at, "an address without user name, password or signature", "an address with one");
    }
}

void check_embedded(const Asset& asset, const std::string& at, json::Faults& faults) {
    constexpr std::size_t kBase64 = 4;
    constexpr std::size_t kBytes = 3;
    if (!asset.file_content && !asset.content_hash) {
        faults.add(at + "/fileContent", "the content in base64", "nothing");
    } else if (asset.file_content && asset.file_content->size() / kBase64 * kBytes > kMaxEmbeddedBytes + kBytes) {
        faults.add(at + "/fileContent", "at most 16 MiB; put larger files into a store and name them by fileUrl",
                   fmt::format("about {} bytes", asset.file_content->size() / kBase64 * kBytes));
    }
}

class Extraction {
public:
    explicit Extraction(const std::function<std::string(std::size_t)>& reference) : reference_{reference} {}

    /// What the members of an object are.
    enum class Members { any, of_repository, options };

    void walk(json::value& v, const std::string& at, Members kind) {
        if (v.is_array()) {
            for (std::size_t i = 0; i < v.get_array().size(); ++i) {
                walk(v.get_array()[i], at + "/" + std::to_string(i), kind);
            }
        } else if (v.is_object()) {
            walk_object(v.get_object(), at, kind);
        }
    }
    std::vector<FoundSecret> take() { return std::move(found_); }

private:
    void walk_object(json::object& members, const std::string& at, Members kind) {
        const auto before = found_.size();
        std::vector<std::string> emptied;
        for (auto& [key, item] : members) {
            const std::string_view name = key;
            if (is_secret(name, item, kind) && holds_something(item)) {
                found_.push_back({at + "/" + json::pointer_token(name), std::string{name}, text_of(item), {}});
                emptied.emplace_back(name);
            } else {
                clean_texts(item, at + "/" + json::pointer_token(name));
            }
        }
        for (const auto& name : emptied) {
            members.erase(name);
        }
        if (found_.size() > before) {
            const auto reference = reference_(references_++);
            members["credentialRef"] = reference;
            for (auto i = before; i < found_.size(); ++i) {
                found_[i].reference = reference;
            }
        }
        for (auto& [key, item] : members) {
            if (!item.is_primitive()) {
                walk(item, at + "/" + json::pointer_token(key), kind_of(key, kind));
            }
        }
    }
    static Members kind_of(std::string_view name, Members around) {
        if (name == "repositoryInfo") {
            return Members::of_repository;
        }
        return name == "jobParameters" ? Members::options : around;
    }
    static bool is_secret(std::string_view name, const json::value& item, Members kind) {
        if (kind == Members::of_repository) {
            return name != "credentialRef" && is_secret_name(name);
        }
        return kind == Members::options && is_secret_option(name, item.is_string() ? std::string_view{item.get_string()} : std::string_view{});
    }
    /// Texts that belong to the object itself: its text members, and those that stand in its arrays.
    void clean_texts(json::value& v, const std::string& at) {
        if (v.is_array()) {
            for (std::size_t i = 0; i < v.get_array().size(); ++i) {
                clean_texts(v.get_array()[i], at + "/" + std::to_string(i));
            }
        } else if (v.is_string()) {
            auto result = clean_url(v.get_string());
            for (auto& secret : result.secrets) {
                found_.push_back({at, std::move(secret.name), std::move(secret.value), {}});
            }
            if (!result.secrets.empty()) {
                v = result.url;
            }
        }
    }
    static bool holds_something(const json::value& v) { return !v.is_null() && !(v.is_string() && v.get_string().empty()); }
    static std::string text_of(const json::value& v) { return v.is_string() ? std::string{std::string_view{v.get_string()}} : json::write(v); }

    const std::function<std::string(std::size_t)>& reference_;
    std::size_t references_{0};
    std::vector<FoundSecret> found_;
};

}  // namespace

void check_asset(const Asset& asset, const std::string& at, json::Faults& faults) {
    if (asset.asset_type != "SOURCE_CODE" && asset.asset_type != "FILE" && asset.asset_type != "EXTERNAL_FILE" && !asset.asset_type.contains("SQL")) {
        faults.add(at + "/assetType", "SOURCE_CODE, FILE or EXTERNAL_FILE",
                   asset.asset_type.empty() ? "nothing" : json::describe_value(json::value(asset.asset_type)));
    } else if (asset.asset_type == "EXTERNAL_FILE" && !asset.file_url) {
        faults.add(at + "/fileUrl", "the address of the file", "nothing");
    } else if (asset.asset_type == "FILE") {
        check_embedded(asset, at, faults);
    } else if (asset.asset_type == "SOURCE_CODE" && !asset.source_code) {
        faults.add(at + "/sourceCode", "the text of the program", "nothing");
    }
    if (asset.file_url) {
        check_url(asset, at + "/fileUrl", faults);
    }
}

std::vector<FoundSecret> extract_secrets(json::value& document, const std::function<std::string(std::size_t)>& reference) {
    Extraction extraction{reference};
    extraction.walk(document, "", Extraction::Members::any);
    return extraction.take();
}

}  // namespace slipway::domain
