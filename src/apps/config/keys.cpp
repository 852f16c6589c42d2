#include "apps/config/keys.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/nearest.hpp"

namespace slipway::config {
namespace {

constexpr Key kKeys[] = {
    {"server.listen", Type::address, "127.0.0.1:8080", "Address to listen on. Port 0 takes a free one, which the line `ready` names."},
    {"server.publicUrl", Type::url, "", "Address under which people reach the server; absolute links are made with it, and the page's cookie counts on it."},
    {"server.allowedHosts", Type::words, "",
     "Host names that are answered. Without it any is answered to a bearer, and cookies count on loopback names and `publicUrl` only."},
    {"server.trustedProxies", Type::words, "", "Addresses or CIDR blocks of proxies whose `X-Forwarded-…` headers are believed."},
    {"server.keyFile", Type::path, "",
     "File with the key that seals secrets at rest (32 bytes, mode 0600). Without it `key` in the data directory, made at the first start. Keep a copy: "
     "without the key what is sealed is lost."},
    {"server.caFile", Type::path, "", "PEM file of the certificate authorities that outgoing calls trust, instead of the machine's."},
    {"database.url", Type::database_url, "", "PostgreSQL 15 or newer, `postgresql://user:password@host:5432/name`. Without it SQLite in the data directory.",
     true},
    {"security.mode", Type::choice, "builtin", "Who knows the users: `builtin` keeps them in the database. `oauth2` is not available in this version.", false,
     "builtin|oauth2"},
    {"security.defaultGroup", Type::text, "modelop", "Group of what an administrator makes without naming one."},
    {"security.oauth2", Type::refused, "", "For `security.mode: oauth2`, which is not available in this version."},
    {"modelop.security.mode", Type::choice, "rwx", "As files of the matched product say it; rights are always checked.", false, "rwx"},
    {"modelop.security.group-access-rights.default-permissions", Type::permissions, "READ, WRITE, EXECUTE",
     "What members of a group may do with what belongs to it."},
    {"modelop.security.group-access-rights.owner-permissions", Type::permissions, "READ, WRITE, EXECUTE",
     "What people may do with what they made themselves, in their groups."},
    {"modelop.security.group-access-rights.collection-permissions.*", Type::permissions, "",
     "Exceptions by collection (`stored-model`, `deployable-model`, `job`, …), for all groups."},
    {"modelop.security.group-access-rights.collection-permissions.*.*", Type::permissions, "", "Exceptions by collection and group."},
    {"retention.jobMessages", Type::period, "P90D", "How long messages of jobs are kept."},
    {"retention.auditRecords", Type::period, "P7Y", "How long audit records are kept."},
    {"retention.operations", Type::period, "P30D", "How long ended operations (imports, …) are kept."},
    {"sagemaker-credentials.storedCredentials[].group", Type::text, "", "Group that may use the entry; empty: every group."},
    {"sagemaker-credentials.storedCredentials[].authenticationType", Type::choice, "BASIC", "`BASIC`: access key and secret key.", false, "BASIC"},
    {"sagemaker-credentials.storedCredentials[].accessKeyId", Type::text, "", "AWS access key id."},
    {"sagemaker-credentials.storedCredentials[].secretAccessKey", Type::text, "", "AWS secret access key.", true},
    {"sagemaker-credentials.storedCredentials[].sessionToken", Type::text, "", "Session token of temporary keys.", true},
    {"sagemaker-credentials.storedCredentials[].region", Type::region, "", "AWS region; empty: `AWS_REGION`, else `AWS_DEFAULT_REGION`."},
    {"sagemaker-credentials.eksServiceAccountCredentials[].path", Type::text, "",
     "Prefix of `region/modelName` that the entry serves; empty serves all, the longest match wins."},
    {"sagemaker-credentials.eksServiceAccountCredentials[].roleArn", Type::text, "", "Role that is assumed with the token."},
    {"sagemaker-credentials.eksServiceAccountCredentials[].webIdentityTokenFile", Type::path, "",
     "File with the web identity token that AWS injects; read again at each refresh."},
    {"sagemaker-credentials.eksServiceAccountCredentials[].authenticationType", Type::choice, "ASSUME_ROLE_WITH_WEB_IDENTITY",
     "Always the default; accepted for clearness.", false, "ASSUME_ROLE_WITH_WEB_IDENTITY"},
    {"sagemaker-credentials.eksServiceAccountCredentials[].region", Type::region, "", "AWS region; empty: `AWS_REGION`, else `AWS_DEFAULT_REGION`."},
    {"sagemaker-credentials.eksServiceAccountCredentials[].group", Type::text, "", "Group that may use the entry; empty: every group."},
    {"sagemaker-credentials.defaultChain.groups", Type::words, "",
     "Groups that may use the machine's own AWS credentials (`AWS_ACCESS_KEY_ID`, …). Empty: nobody."},
    {"deployments.requireApproval", Type::words, "all", "Whose deployments need an approval: `all`, `none`, or a list of groups."},
    {"sagemaker-service.deployDefaults.instanceType", Type::text, "ml.m5.large", "Instances of a snapshot that says nothing of them."},
    {"sagemaker-service.deployDefaults.initialInstanceCount", Type::number, "1", "How many of them."},
    {"sagemaker-service.syncInterval", Type::period, "60s",
     "How often the accounts of imported models are looked at, ± 10 %; four times as often while something changes."},
    {"sagemaker-service.limits.*.roles", Type::words, "", "By group: roles (ARNs) that its jobs may name. An entry that ends with `*` allows what begins so."},
    {"sagemaker-service.limits.*.images", Type::words, "", "By group: images and algorithms that its training jobs may run."},
    {"sagemaker-service.limits.*.s3Prefixes", Type::words, "", "By group: `s3://bucket/prefix/` below which all addresses of its jobs lie."},
    {"sagemaker-service.limits.*.instanceTypes", Type::words, "", "By group: instance types of its jobs, configurations and endpoints."},
    {"tickets.system", Type::choice, "builtin", "Where new tickets are decided: here, or in Jira (docs/jira.md).", false, "builtin|jira"},
    {"tickets.approvers.*", Type::words, "", "Group of the model: groups whose members decide on its tickets. Without an entry: whoever has EXECUTE there."},
    {"tickets.fourEyes", Type::choice, "false", "Who asked for an approval may not give it.", false, "true|false"},
    {"tickets.remindEvery", Type::period, "P3D", "How often a ticket that waits is reminded of."},
    {"tickets.expireAfter", Type::period, "P30D", "How long a ticket waits for its decision."},
    {"tickets.jira.baseUrl", Type::url, "", "Address of Jira, such as `https://example.atlassian.net`."},
    {"tickets.jira.flavor", Type::choice, "cloud", "Which Jira: Cloud (REST v3) or Data Center (REST v2).", false, "cloud|datacenter"},
    {"tickets.jira.email", Type::text, "", "Cloud: address of the account that the API token belongs to."},
    {"tickets.jira.apiToken", Type::text, "", "Cloud: API token of that account.", true},
    {"tickets.jira.personalAccessToken", Type::text, "", "Data Center: personal access token.", true},
    {"tickets.jira.project", Type::text, "", "Project of the issues, by key or id. Decisions count there alone."},
    {"tickets.jira.issueType", Type::text, "Task", "Type of the issues, by name or id."},
    {"tickets.jira.approved.statuses", Type::words, "Done, Approved", "Statuses that approve, by name (in the language of the site) or id."},
    {"tickets.jira.approved.resolutions", Type::words, "Done", "Resolutions that go with them. An issue without a resolution agrees with any."},
    {"tickets.jira.rejected.statuses", Type::words, "Rejected", "Statuses that reject."},
    {"tickets.jira.rejected.resolutions", Type::words, "Won't Do, Declined", "Resolutions that go with them."},
    {"tickets.jira.pollInterval", Type::period, "30s", "How often the issues that wait are read."},
    {"tickets.jira.indexDelay", Type::period, "120s",
     "How long Jira's search may not know a new issue. After a lost answer an issue is looked for that long before it is asked for again."},
    {"tickets.jira.webhookSecret", Type::text, "", "Secret with which Jira signs its webhook; without it there is none (docs/jira.md).", true},
    {"lifecycle.timeZone", Type::text, "UTC", "Zone of life cycles that say none: `UTC` or an offset such as `+01:00`."},
    {"lifecycle.sagemakerDeploy.enabled", Type::choice, "true", "New snapshots start the life cycle *SageMaker deploy model*.", false, "true|false"},
    {"lifecycle.sagemakerDeploy.missingAssets", Type::choice, "warn", "What a missing asset does: the ticket shows it, or the life cycle ends.", false,
     "warn|block"},
    {"lifecycle.sagemakerDeploy.alreadyDeployed", Type::choice, "end",
     "What becomes of a snapshot that an endpoint serves already: no ticket, or a ticket all the same.", false, "end|ticket"},
    {"lifecycle.sagemakerDeploy.endpointName", Type::text, "",
     "Name of the endpoint with `{model}` and `{snapshot}` in it; a name that exists is refused. Empty: made up."},
    {"lifecycle.sagemakerDeploy.transform.instanceType", Type::text, "ml.m5.large", "Instances of the test transform job."},
    {"lifecycle.sagemakerDeploy.transform.instanceCount", Type::number, "1", "How many of them."},
    {"lifecycle.sagemakerDeploy.transform.outputPrefix", Type::text, "", "Where its output goes (`s3://…`). Empty: `slipway/` in the bucket of the test data."},
    {"lifecycle.sagemakerDeploy.transform.contentType", Type::text, "text/csv", "What the test data is."},
    {"lifecycle.sagemakerDeploy.transform.splitType", Type::text, "Line", "How the test data is split: `Line`, `None`, `RecordIO`, `TFRecord`."},
    {"lifecycle.sagemakerDeploy.transform.timeout", Type::period, "PT24H", "How long the test may take before it is stopped and counts as failed."},
    {"sagemaker-service.endpointUrl", Type::url, "",
     "Address of SageMaker, STS and S3 instead of AWS's own. `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_SAGEMAKER|_STS|_S3` do the same."},
    {"spark-runtime.name", Type::text, "spark-runtime-1", "Name of the runtime; with the group it decides its id."},
    {"spark-runtime.group", Type::text, "modelop", "Group of the runtime; its jobs are of groups that may use it."},
    {"spark-runtime.modelManageUrl", Type::url, "http://127.0.0.1:8080/model-manage/api", "REST base of model-manage."},
    {"spark-runtime.master", Type::text, "local[2]", "`local[N]`, `spark://host:port[,host:port]` or `yarn`."},
    {"spark-runtime.deployMode", Type::choice, "client", "Where the driver runs.", false, "client|cluster"},
    {"spark-runtime.statusUrls", Type::words, "", "Web addresses of the master(s) or ResourceManager(s), tried in order."},
    {"spark-runtime.historyUrl", Type::url, "", "Spark history server, asked for applications that the master has forgotten."},
    {"spark-runtime.jobHistoryUrl", Type::url, "", "MapReduce JobHistory server, which serves the aggregated logs of YARN."},
    {"spark-runtime.restUrl", Type::url, "", "Submission server of a standalone master (port 6066), for `deployMode: cluster`."},
    {"spark-runtime.webHdfsUrl", Type::words, "", "WebHDFS address(es) of the NameNode(s)."},
    {"spark-runtime.sparkHome", Type::path, "", "Spark's folder; without it `SPARK_HOME`."},
    {"spark-runtime.javaHome", Type::path, "", "Java's folder; without it `JAVA_HOME`."},
    {"spark-runtime.hadoopConfDir", Type::path, "", "Folder of core-site.xml and yarn-site.xml; without it `HADOOP_CONF_DIR`."},
    {"spark-runtime.pysparkPython", Type::path, "", "Python of driver and executors; without it `PYSPARK_PYTHON`."},
    {"spark-runtime.s3.region", Type::region, "", "Region of the S3 buckets; without it `AWS_REGION`, `AWS_DEFAULT_REGION`, else us-east-1."},
    {"spark-runtime.s3.endpointUrl", Type::url, "", "Address of S3 instead of AWS's own; without it `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`."},
    {"spark-runtime.s3.accessKeyId", Type::text, "",
     "Access key id with which this service reads and writes S3; without it `AWS_ACCESS_KEY_ID`, else the role of `AWS_WEB_IDENTITY_TOKEN_FILE`."},
    {"spark-runtime.s3.secretAccessKey", Type::text, "", "Its secret access key; without it `AWS_SECRET_ACCESS_KEY`.", true},
    {"spark-runtime.s3.sessionToken", Type::text, "", "Session token of temporary keys; without it `AWS_SESSION_TOKEN`.", true},
    {"spark-runtime.stagingUrl", Type::text, "",
     "Folder (`hdfs://…`, `file://…`) for embedded inputs and outputs, and in cluster mode for the driver's result. Without it a folder of the data "
     "directory."},
    {"spark-runtime.jobUser", Type::text, "", "User of this host that drivers run as; needs the right to switch. Without it our own."},
    {"spark-runtime.executorMemory", Type::text, "", "Memory of an executor, as spark-submit takes it."},
    {"spark-runtime.sparkConf.*", Type::option, "", "An option of spark-submit: `--opt`, `spark.…` or `--conf spark.…`; an empty value is a bare flag."},
    {"spark-runtime.openedOptions", Type::words, "", "Options and settings that jobs may set though they belong to the service."},
    {"spark-runtime.ownMaster", Type::choice, "error", "What becomes of a job whose source names a master of its own.", false, "error|warn"},
    {"spark-runtime.pollInterval", Type::period, "1s", "How often model-manage and the cluster are asked."},
    {"spark-runtime.maxConcurrentSubmissions", Type::number, "4", "Submissions under way at once; with a local master runs at once."},
    {"spark-runtime.jobTimeout", Type::period, "", "Time allowed for a job that names none (`jobTimeout` of its document, in ms)."},
    {"spark-runtime.output.capture", Type::choice, "true", "Whether printed lines go into jobMessages.", false, "true|false"},
    {"spark-runtime.output.limit", Type::size, "1MiB", "How much of them."},
    {"spark-runtime.kerberos", Type::refused, "", "Kerberos is not available in this version."},
    {"oauth2.client.accessTokenUri", Type::url, "", "Token endpoint for the runtime's calls; model-manage's own is `…/gocli/token`."},
    {"oauth2.client.clientId", Type::text, "", "Machine client of the runtime."},
    {"oauth2.client.clientSecret", Type::text, "", "Its secret.", true},
    {"oauth2.client.scopes", Type::words, "", "Scopes that are asked for."},
    {"eureka", Type::refused, "", "Eureka is not available in this version."},
    {"log.level", Type::choice, "info", "Least level that is logged.", false, "debug|info|warn|error"},
};

/// `server.listen` → `server`, `listen`; a trailing `[]` is a part of its own.
std::vector<std::string> parts_of(std::string_view name) {
    std::vector<std::string> parts;
    while (!name.empty()) {
        const auto end = std::min(name.find('.'), name.size());
        auto part = name.substr(0, end);
        const bool list = part.ends_with("[]");
        part.remove_suffix(list ? 2 : 0);
        parts.emplace_back(part);
        if (list) {
            parts.emplace_back("[]");
        }
        name.remove_prefix(std::min(end + 1, name.size()));
    }
    return parts;
}

KeyNode build_tree() {
    KeyNode root;
    for (const auto& key : keys()) {
        KeyNode* node = &root;
        for (const auto& part : parts_of(key.name)) {
            auto& next = part == "[]" ? node->entry : part == "*" ? node->any : node->children[normalised(part)];
            if (!next) {
                next = std::make_unique<KeyNode>();
                next->name = part;
            }
            node = next.get();
        }
        node->key = &key;
    }
    return root;
}

void collect(const KeyNode& node, const std::string& prefix, std::vector<std::pair<std::string, std::string>>& out) {
    for (const auto& [normal, child] : node.children) {
        const std::string full = prefix.empty() ? child->name : prefix + "." + child->name;
        out.emplace_back(full, normal);
        collect(*child, full, out);
    }
    if (node.entry) {
        collect(*node.entry, prefix + "[]", out);
    }
    if (node.any) {
        collect(*node.any, prefix + ".*", out);
    }
}

bool is_address(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) {
        return false;
    }
    const auto host = text.substr(0, colon);
    const auto digits = text.substr(colon + 1);
    int port = -1;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    const bool bare_v6 = host.contains(':') && !(host.starts_with('[') && host.ends_with(']'));
    return read.ec == std::errc{} && read.ptr == digits.data() + digits.size() && port >= 0 && port <= 65535 && !bare_v6 &&
           std::ranges::none_of(host, [](unsigned char c) { return std::isspace(c) != 0 || c == '/' || c == '@'; });
}

bool is_url(std::string_view text) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (text.starts_with(scheme)) {
            const auto rest = text.substr(scheme.size());
            const auto authority = rest.substr(0, rest.find('/'));
            return !authority.empty() && !authority.contains('@') && rest.find_first_of(" \t\"<>?#") == std::string_view::npos;
        }
    }
    return false;
}

bool is_permission(const std::string& word) {
    return word == "READ" || word == "WRITE" || word == "EXECUTE";
}

}  // namespace

std::span<const Key> keys() {
    return kKeys;
}

std::string type_name(const Key& key) {
    switch (key.type) {
        case Type::text: return "a text";
        case Type::url: return "an http or https URL without user info";
        case Type::database_url: return "a postgresql:// URL";
        case Type::address: return "host:port";
        case Type::path: return "a path";
        case Type::region: return "an AWS region such as us-east-2";
        case Type::words: return "a list of texts";
        case Type::choice: {
            std::string names{key.choices};
            std::ranges::replace(names, '|', ',');
            return names.contains(',') ? "one of " + names : names;
        }
        case Type::period: return "a period such as P90D, PT12H or 30s";
        case Type::permissions: return "a list of READ, WRITE and EXECUTE";
        case Type::number: return "a positive number";
        case Type::size: return "a size such as 512KiB or 1MiB";
        case Type::option: return "a single value";
        case Type::refused: return "left out";
    }
    return {};
}

std::optional<std::string> value_fault(const Key& key, const std::vector<std::string>& values) {
    const std::string& value = values.empty() ? std::string{} : values.front();
    bool good = true;
    switch (key.type) {
        case Type::url: good = is_url(value); break;
        case Type::database_url: good = value.starts_with("postgresql://") || value.starts_with("postgres://"); break;
        case Type::address: good = is_address(value); break;
        case Type::period: good = parse_period(value).has_value(); break;
        case Type::permissions: good = std::ranges::all_of(values, is_permission); break;
        case Type::region: good = std::ranges::all_of(value, [](unsigned char c) { return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '-'; }); break;
        case Type::choice: good = ("|" + std::string{key.choices} + "|").contains("|" + value + "|") && !value.contains('|'); break;
        case Type::number:
            good = !value.empty() && value.size() < 10 && value != "0" && std::ranges::all_of(value, [](unsigned char c) { return std::isdigit(c) != 0; });
            break;
        case Type::size: good = parse_size(value).has_value(); break;
        case Type::refused: good = false; break;
        case Type::option:
        case Type::text:
        case Type::path:
        case Type::words: break;
    }
    if (good) {
        return std::nullopt;
    }
    return "must be " + type_name(key);
}

std::optional<Milliseconds> parse_period(std::string_view text) {
    const bool iso = text.starts_with('P');
    text.remove_prefix(iso ? 1 : 0);
    bool time = false;
    std::int64_t total = 0;
    bool any = false;
    while (!text.empty()) {
        if (iso && !time && text.front() == 'T') {
            time = true;
            text.remove_prefix(1);
            any = false;
            continue;
        }
        std::int64_t number = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
        const auto digits = static_cast<std::size_t>(read.ptr - text.data());
        if (read.ec != std::errc{} || number < 0 || number > 1'000'000'000 || digits == text.size()) {
            return std::nullopt;
        }
        const char unit = text[digits];
        std::int64_t seconds = 0;
        switch (iso ? unit : static_cast<char>(std::toupper(static_cast<unsigned char>(unit)))) {
            case 'Y': seconds = iso && !time ? 365LL * 86400 : 0; break;
            case 'W': seconds = iso && !time ? 7LL * 86400 : 0; break;
            case 'D': seconds = !time ? 86400 : 0; break;
            case 'H': seconds = time || !iso ? 3600 : 0; break;
            case 'M': seconds = time || !iso ? 60 : 30LL * 86400; break;
            case 'S': seconds = time || !iso ? 1 : 0; break;
            default: break;
        }
        if (seconds == 0) {
            return std::nullopt;
        }
        total += number * seconds;
        any = true;
        text.remove_prefix(digits + 1);
    }
    if (!any || total > 1000LL * 365 * 86400) {
        return std::nullopt;
    }
    return Milliseconds{total * 1000};
}

std::optional<std::int64_t> parse_size(std::string_view text) {
    std::int64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    const auto unit = text.substr(static_cast<std::size_t>(read.ptr - text.data()));
    const int shift = unit.empty() || unit == "B" ? 0 : unit == "KiB" ? 10 : unit == "MiB" ? 20 : unit == "GiB" ? 30 : -1;
    if (read.ec != std::errc{} || number < 0 || number > (1LL << 32) || shift < 0) {
        return std::nullopt;
    }
    return number << shift;
}

std::string normalised(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (c != '-' && c != '_') {
            out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        }
    }
    return out;
}

const KeyNode& key_tree() {
    static const KeyNode tree = build_tree();
    return tree;
}

std::string nearest_key(std::string_view parent, std::string_view part) {
    std::vector<std::pair<std::string, std::string>> all;
    collect(key_tree(), {}, all);
    const std::string wanted = normalised(part);
    std::string best;
    std::size_t least = SIZE_MAX;
    for (const auto& [full, last] : all) {
        const auto cut = full.rfind('.');
        const auto above = cut == std::string::npos ? std::string_view{} : std::string_view{full}.substr(0, cut);
        // A neighbour is likelier meant than a key of the same spelling somewhere else.
        const std::size_t cost = 2 * edit_distance(wanted, last) + (normalised(above) == normalised(parent) ? 0 : 3);
        if (cost < least) {
            least = cost;
            best = is_near(wanted, edit_distance(wanted, last)) ? full : std::string{};
        }
    }
    return best;
}

}  // namespace slipway::config
