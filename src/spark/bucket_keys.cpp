#include <algorithm>

#include "spark/asset_path.hpp"
#include "spark/submission.hpp"

/// Keys of S3 assets: Hadoop knows one set of settings a bucket.
namespace slipway::spark {
namespace {

/// Secrets of one asset under the names that people use for them.
std::string_view secret_named(const std::map<std::string, Secret>& secrets, std::initializer_list<std::string_view> names) {
    for (const auto& [name, secret] : secrets) {
        const auto same = [&](std::string_view wanted) {
            return std::ranges::equal(
                name, wanted, [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b)); });
        };
        if (std::ranges::any_of(names, same)) {
            return secret.reveal();
        }
    }
    return {};
}

/// `bucket` of `s3://bucket/key` and of `http://host:9000/bucket/key`.
std::string bucket_of(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) {
        return {};
    }
    auto rest = url.substr(scheme + 3);
    if (!url.starts_with("s3")) {
        rest.remove_prefix(std::min(rest.find('/') + 1, rest.size()));
    }
    return std::string{rest.substr(0, rest.find('/'))};
}

/// What one asset says of its bucket.
struct StoreKey {
    std::string bucket;
    std::string asset;                            ///< for people
    std::map<std::string, std::string> settings;  ///< `access.key`, `secret.key`, …
};

/// Two assets without the same are two accounts, or two stores.
bool contradict(const StoreKey& one, const StoreKey& other) {
    const auto value = [](const StoreKey& key, const std::string& name) {
        const auto found = key.settings.find(name);
        return found == key.settings.end() ? std::string{} : found->second;
    };
    const auto differ = [&](const char* name) { return value(one, name) != value(other, name); };
    const bool both_placed = one.settings.contains("endpoint") && other.settings.contains("endpoint");
    return differ("access.key") || differ("secret.key") || differ("session.token") || (both_placed && differ("endpoint"));
}

std::string shown_name(const json::object& asset) {
    const auto url = json::text_of(asset, "fileUrl");
    const auto plain = url.substr(0, url.find('?'));
    for (const auto member : {"name", "filename"}) {
        if (const auto name = json::text_of(asset, member); !name.empty()) {
            return fmt::format("{} ({})", quoted(name), plain);
        }
    }
    return std::string{plain};
}

void add_endpoint(const json::object& repository, std::map<std::string, std::string>& settings) {
    const auto host = json::text_of(repository, "host");
    if (host.empty()) {
        return;
    }
    const auto* port = repository.if_contains("port");
    const auto* secure = repository.if_contains("secure");
    const bool tls = secure != nullptr && secure->is_bool() && secure->get_bool();
    settings["endpoint"] = fmt::format("{}://{}{}", tls ? "https" : "http", host,
                                       port != nullptr && port->is_int64() && port->get_int64() > 0 ? fmt::format(":{}", port->get_int64()) : "");
    settings["path.style.access"] = "true";
}

std::optional<StoreKey> key_of(const json::object& asset, const AssetSecrets& secrets) {
    const auto* repository = json::object_of(asset, "repositoryInfo");
    StoreKey key{.bucket = bucket_of(json::text_of(asset, "fileUrl")), .asset = shown_name(asset), .settings = {}};
    const auto found = repository == nullptr ? secrets.end() : secrets.find(std::string{json::text_of(*repository, "credentialRef")});
    if (key.bucket.empty() || found == secrets.end()) {
        return std::nullopt;
    }
    const auto access = secret_named(found->second, {"accessKey", "accessKeyId", "access_key", "username"});
    const auto secret = secret_named(found->second, {"secretKey", "secretAccessKey", "secret_key", "password"});
    const auto token = secret_named(found->second, {"sessionToken", "session_token"});
    if (access.empty() || secret.empty()) {
        return std::nullopt;
    }
    key.settings = {{"access.key", std::string{access}}, {"secret.key", std::string{secret}}};
    if (!token.empty()) {
        key.settings["session.token"] = token;
    }
    add_endpoint(*repository, key.settings);
    return key;
}

void walk_assets(const json::value& node, const AssetSecrets& secrets, std::vector<StoreKey>& out) {
    if (const auto* list = node.if_array()) {
        for (const auto& item : *list) {
            walk_assets(item, secrets, out);
        }
    } else if (const auto* object = node.if_object()) {
        if (auto key = object->contains("assetType") ? key_of(*object, secrets) : std::nullopt) {
            out.push_back(std::move(*key));
        }
        for (const auto& [name, member] : *object) {
            walk_assets(member, secrets, out);
        }
    }
}

/// Of the job's own inputs and outputs.
std::vector<StoreKey> keys_of_data(const json::object& document, const AssetSecrets& secrets) {
    std::vector<StoreKey> out;
    for (const auto* member : {"inputData", "outputData"}) {
        if (const auto* node = document.if_contains(member)) {
            walk_assets(*node, secrets, out);
        }
    }
    return out;
}

/// Of the model's own assets, which its program is handed beside the data.
void add_keys_of_model(const json::object& document, const AssetSecrets& secrets, std::vector<StoreKey>& out) {
    const auto* model = json::object_of(document, "model");
    const auto* stored = model == nullptr ? nullptr : json::object_of(*model, "storedModel");
    const auto* holder = stored != nullptr ? stored : model;
    if (const auto* assets = holder == nullptr ? nullptr : json::array_of(*holder, "modelAssets")) {
        walk_assets(*assets, secrets, out);
    }
}

}  // namespace

Result<void> check_bucket_keys(const json::object& job_document, const AssetSecrets& secrets) {
    std::map<std::string, StoreKey> first;
    auto keys = keys_of_data(job_document, secrets);
    add_keys_of_model(job_document, secrets, keys);
    for (auto& key : keys) {
        const auto [known, fresh] = first.try_emplace(key.bucket, key);
        if (!fresh && contradict(known->second, key)) {
            return fail(
                ErrorCode::failed_precondition, "SEVERAL_KEYS",
                fmt::format("The assets {} and {} have different access keys or addresses for the bucket {}, and Spark knows one of each a bucket: give "
                            "both the same key, or put one of them into another bucket.",
                            known->second.asset, key.asset, key.bucket));
        }
    }
    return {};
}

std::vector<std::pair<std::string, std::string>> secret_properties(const json::object& job_document, const AssetSecrets& secrets) {
    auto keys = keys_of_data(job_document, secrets);
    walk_assets(json::value(job_document), secrets, keys);  // also of the reference model, which no program is handed: for buckets that nothing else names
    std::map<std::string, StoreKey> by_bucket;
    for (auto& key : keys) {
        const auto [known, fresh] = by_bucket.try_emplace(key.bucket, key);
        if (!fresh && !contradict(known->second, key)) {
            known->second.settings.insert(key.settings.begin(), key.settings.end());
        }
    }
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& [bucket, key] : by_bucket) {
        for (const auto& [name, value] : key.settings) {
            out.emplace_back(fmt::format("spark.hadoop.fs.s3a.bucket.{}.{}", bucket, name), value);
        }
    }
    std::ranges::sort(out);
    return out;
}

}  // namespace slipway::spark
