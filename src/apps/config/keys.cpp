#include "apps/config/keys.hpp"

#include <algorithm>
#include <cctype>

#include "base/nearest.hpp"

namespace slipway::config {
namespace {

constexpr Key kKeys[] = {
    {"server.listen", Type::address, "127.0.0.1:8080", "Address to listen on. Port 0 takes a free one, which the line `ready` names."},
    {"server.publicUrl", Type::url, "", "Address under which people reach the server; absolute links are made with it, and the page's cookie counts on it."},
    {"server.allowedHosts", Type::words, "",
     "Host names that are answered beside that of `publicUrl` and loopback names; health is under every name. Without it any is answered to a bearer, and "
     "cookies count on loopback names and `publicUrl` only."},
    {"server.trustedProxies", Type::words, "", "Addresses or CIDR blocks of proxies whose `X-Forwarded-…` headers are believed."},
    {"server.keyFile", Type::path, "",
     "File with the key that seals secrets at rest (32 bytes, mode 0600). Without it `key` in the data directory, made at the first start. Keep a copy: "
     "without the key what is sealed is lost."},
    {"server.caFile", Type::path, "", "PEM file of the certificate authorities that outgoing calls trust, instead of the machine's."},
    {"database.url", Type::database_url, "", "PostgreSQL 15 or newer, `postgresql://user:password@host:5432/name`. Without it SQLite in the data directory.",
     true},
    {"security.mode", Type::choice, "builtin",
     "Who knows the users: `builtin` keeps them in the database, `oauth2` asks an OpenID provider (docs/openid-connect.md).", false, "builtin|oauth2"},
    {"security.defaultGroup", Type::text, "modelop", "Group of what an administrator makes without naming one."},
    {"security.oauth2.issuerUri", Type::url, "", "Issuer of the tokens, written as the provider writes it; its description lies below it."},
    {"security.oauth2.jwksUri", Type::url, "", "Address of the provider's keys, instead of the one that its description names."},
    {"security.oauth2.audience", Type::words, "", "Audience(s) of which a token must name one."},
    {"security.oauth2.algorithms", Type::words, "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA", "Signatures that are taken."},
    {"security.oauth2.clockSkew", Type::period, "60s", "By how much the provider's clock may differ."},
    {"security.oauth2.groupsClaim", Type::text, "memberOf", "Claim with the groups, as a text or a list; dots lead into others (`realm_access.roles`)."},
    {"security.oauth2.groupPaths", Type::choice, "true",
     "Whether groups that all begin with a slash are paths, as Keycloak writes them: they lose it. `false` where names are flat, and a slash is part of them. "
     "Unless it is set `adminGroup` keeps its slash.",
     false, "true|false"},
    {"security.oauth2.usernameClaim", Type::text, "preferred_username", "Claim with the name that people have here; it must not change hands."},
    {"security.oauth2.adminGroup", Type::text, "slipway-admins", "Group whose members are administrators."},
    {"security.oauth2.scopes", Type::words, "", "Scopes that every token must have."},
    {"security.oauth2.introspection", Type::choice, "none",
     "Tokens that the provider is asked about (RFC 7662): `opaque` ones, which cannot be read here, or `all`, so that a revoked one ends within 30 s.", false,
     "none|opaque|all"},
    {"security.oauth2.recheckInterval", Type::period, "30s", "How often the provider is asked about the person of a session of the page that is used."},
    {"security.oauth2.login.clientId", Type::text, "",
     "Client of the page; without `login.cliClientId` of the command line and passed-through passwords, too. Without it nobody can sign in here."},
    {"security.oauth2.login.clientSecret", Type::text, "", "Its secret; without one it is a public client.", true},
    {"security.oauth2.login.cliClientId", Type::text, "",
     "Public client (native app, without a secret) of the command line and of what `POST /gocli/token` passes through. With it `slipway login` signs in by a "
     "browser that comes back to "
     "the command line, too."},
    {"security.oauth2.login.cliRedirectUri", Type::url, "http://127.0.0.1/callback",
     "Where that browser comes back: on a loopback address of the person's machine, as registered at the provider. Without a port any free one."},
    {"security.oauth2.login.scopes", Type::words, "openid, profile", "Scopes that are asked for when people sign in."},
    {"security.oauth2.login.name", Type::text, "", "Name of the provider on the page's button; without it the issuer's host."},
    {"security.oauth2.clients.*.groups", Type::words, "",
     "By machine client (a name without dots): its groups, besides those in its token. Clients that are not named here are refused."},
    {"security.oauth2.clients.*.scopes", Type::words, "", "By machine client: scopes that its token must have."},
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
    {"tickets.approvers.*", Type::words, "",
     "Group of the model: groups whose members decide on its tickets, which they read without being in it. Without an entry: whoever has EXECUTE there."},
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
    {"tickets.jira.accounts.*", Type::text, "", "Account id in Jira: the person's user name here. With `fourEyes`, no other account of Jira Cloud approves."},
    {"tickets.jira.pollInterval", Type::period, "30s", "How often the issues that wait are read."},
    {"tickets.jira.indexDelay", Type::period, "120s",
     "How long Jira's search may not know a new issue. After a lost answer an issue is looked for that long before it is asked for again."},
    {"tickets.jira.webhookSecret", Type::text, "", "Secret with which Jira signs its webhook; without it there is none (docs/jira.md).", true},
    {"lifecycle.timeZone", Type::text, "UTC", "Zone of life cycles that say none: a name such as `Europe/Berlin`, `UTC`, or an offset such as `+01:00`."},
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
    {"spark-runtime.modelManageUrl", Type::words, "http://127.0.0.1:8080/model-manage/api",
     "REST base of model-manage: an address, or `lb://NAME` (also `eureka.NAME`) for a service that Eureka knows, with addresses behind it for when it knows "
     "none."},
    {"spark-runtime.master", Type::text, "local[2]", "`local[N]`, `spark://host:port[,host:port]` or `yarn`."},
    {"spark-runtime.deployMode", Type::choice, "client", "Where the driver runs.", false, "client|cluster"},
    {"spark-runtime.statusUrls", Type::words, "", "Web addresses of the master(s) or ResourceManager(s), tried in order."},
    {"spark-runtime.historyUrl", Type::url, "", "Spark history server, asked for applications that the master has forgotten; jobs that have ended link to it."},
    {"spark-runtime.jobHistoryUrl", Type::url, "", "MapReduce JobHistory server, which serves the aggregated logs of YARN."},
    {"spark-runtime.restUrl", Type::url, "", "Submission server of a standalone master (port 6066), for `deployMode: cluster`."},
    {"spark-runtime.webHdfsUrl", Type::words, "", "WebHDFS address(es) of the NameNode(s)."},
    {"spark-runtime.sparkHome", Type::path, "", "Spark's folder; without it `SPARK_HOME`."},
    {"spark-runtime.javaHome", Type::path, "", "Java's folder; without it `JAVA_HOME`."},
    {"spark-runtime.hadoopConfDir", Type::path, "", "Folder of core-site.xml and yarn-site.xml; without it `HADOOP_CONF_DIR`."},
    {"spark-runtime.pysparkPython", Type::path, "", "Python of driver and executors; without it `PYSPARK_PYTHON`."},
    {"spark-runtime.s3.region", Type::text, "",
     "Region of the S3 buckets, as their store calls it; without it `AWS_REGION`, `AWS_DEFAULT_REGION`, else us-east-1."},
    {"spark-runtime.s3.endpointUrl", Type::url, "", "Address of S3 instead of AWS's own; without it `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`."},
    {"spark-runtime.s3.accessKeyId", Type::text, "",
     "Access key id with which this service reads and writes S3; without it `AWS_ACCESS_KEY_ID`, else the role of `AWS_WEB_IDENTITY_TOKEN_FILE`."},
    {"spark-runtime.s3.secretAccessKey", Type::text, "", "Its secret access key; without it `AWS_SECRET_ACCESS_KEY`.", true},
    {"spark-runtime.s3.sessionToken", Type::text, "", "Session token of temporary keys; without it `AWS_SESSION_TOKEN`.", true},
    {"spark-runtime.s3.readable", Type::words, "",
     "Buckets and folders (`s3://bucket/folder`) below which the declared outputs of jobs are looked at, and metrics read, with these keys. Empty: none."},
    {"spark-runtime.stagingUrl", Type::text, "",
     "Folder (`hdfs://…`, `file://…`) for embedded inputs and outputs, and in cluster mode for the driver's result. Without it a folder of the data "
     "directory."},
    {"spark-runtime.jobUser", Type::text, "", "User of this host that drivers run as; needs the right to switch. Without it our own."},
    {"spark-runtime.executorMemory", Type::text, "", "Memory of an executor, as spark-submit takes it."},
    {"spark-runtime.sparkConf.*", Type::option, "", "An option of spark-submit: `--opt`, `spark.…` or `--conf spark.…`; an empty value is a bare flag."},
    {"spark-runtime.openedOptions", Type::words, "", "Options and settings that jobs may set though they belong to the service."},
    {"spark-runtime.ownMaster", Type::choice, "error", "What becomes of a job whose source names a master of its own.", false, "error|warn"},
    {"spark-runtime.pollInterval", Type::period, "1s", "How often model-manage and the cluster are asked."},
    {"spark-runtime.maxRunningDrivers", Type::number, "",
     "Drivers of client mode and of local masters that live on this host at once; empty: any number. Jobs beyond wait."},
    {"spark-runtime.maxConcurrentSubmissions", Type::number, "4", "Submissions under way at once; with a local master runs at once."},
    {"spark-runtime.lostAfter", Type::period, "10m",
     "How long a cluster that is well may know nothing of a submission before its job ends as lost. Clusters under load take minutes to show one."},
    {"spark-runtime.jobTimeout", Type::period, "",
     "Time allowed for a job that names none (`jobTimeout` of its document, in ms); it counts from the launch, waiting for the cluster included."},
    {"spark-runtime.output.capture", Type::choice, "true", "Whether printed lines go into jobMessages.", false, "true|false"},
    {"spark-runtime.output.limit", Type::size, "1MiB",
     "How much of them, half for each of the two streams; at most 3MiB, since model-manage keeps 4 MiB of messages of a job."},
    {"spark-runtime.kerberos.principal", Type::text, "", "Principal that the runtime and its jobs act as, such as `svc@EXAMPLE.COM` (docs/kerberos.md)."},
    {"spark-runtime.kerberos.keytab", Type::path, "", "Keytab that has its key; readable by the runtime alone. Jobs get a ticket, never the keytab."},
    {"spark-runtime.kerberos.krb5Conf", Type::path, "", "krb5.conf of the runtime and its jobs; without it `KRB5_CONFIG`, else the machine's."},
    {"oauth2.client.accessTokenUri", Type::service_url, "", "Token endpoint for the runtime's calls; model-manage's own is `…/gocli/token`."},
    {"oauth2.client.clientId", Type::text, "", "Machine client of the runtime, and of the server at Eureka."},
    {"oauth2.client.clientSecret", Type::text, "", "Its secret.", true},
    {"oauth2.client.scopes", Type::words, "", "Scopes that are asked for."},
    {"eureka.client.enabled", Type::choice, "true", "Switches Eureka off without taking its settings out (docs/eureka.md).", false, "true|false"},
    {"eureka.client.serviceUrl.defaultZone", Type::words, "",
     "Eureka servers such as `http://127.0.0.1:8761/eureka/`, tried in order; with a user as `http://user:password@…`, its signs percent-encoded.", true},
    {"eureka.client.registerWithEureka", Type::choice, "true", "Whether we register ourselves.", false, "true|false"},
    {"eureka.client.fetchRegistry", Type::choice, "true", "Whether `lb://` addresses are looked up.", false, "true|false"},
    {"eureka.client.trustedHosts", Type::words, "",
     "Hosts (names, `*.example.com`, each with `:port` and `/path` where it matters, or `*`: all) of instances found by `lb://` that get our secrets and "
     "tokens. Without them those with TLS, and this very host where Eureka is on it."},
    {"eureka.client.registryFetchIntervalSeconds", Type::number, "30", "How often they are looked up anew."},
    {"eureka.client.eurekaServerConnectTimeoutSeconds", Type::number, "5", "How long a connection to a server may take."},
    {"eureka.client.eurekaServerReadTimeoutSeconds", Type::number, "8", "How long its answer may take after that."},
    {"eureka.client.oauth2", Type::choice, "true", "Whether servers without a user in their address get the token of `oauth2.client`, if that is set.", false,
     "true|false"},
    {"eureka.client.healthcheck.enabled", Type::choice, "true", "As files of Spring say it; our state is always told.", false, "true"},
    {"eureka.instance.appname", Type::text, "", "Application we register as: `spark-runtime-service`, for the server `model-manage`."},
    {"eureka.instance.hostname", Type::text, "", "Host that others find us at; without it that of `server.publicUrl`, else of this machine."},
    {"eureka.instance.ipAddress", Type::text, "", "Address of that host; without it ours."},
    {"eureka.instance.preferIpAddress", Type::choice, "false", "Whether others get the address instead of the name.", false, "true|false"},
    {"eureka.instance.instanceId", Type::text, "", "Id of this instance; without it `host:appname:port`."},
    {"eureka.instance.virtualHostName", Type::text, "", "Name for `lb://NAME`; without it the application's."},
    {"eureka.instance.nonSecurePort", Type::number, "", "Port that others find us at; without it the one we listen on."},
    {"eureka.instance.nonSecurePortEnabled", Type::choice, "true", "Whether it may be used.", false, "true|false"},
    {"eureka.instance.securePort", Type::number, "443", "The same for https."},
    {"eureka.instance.securePortEnabled", Type::choice, "false", "Whether that may be used.", false, "true|false"},
    {"eureka.instance.homePageUrlPath", Type::text, "/", "Path of the home page."},
    {"eureka.instance.homePageUrl", Type::url, "", "Its whole address instead."},
    {"eureka.instance.statusPageUrlPath", Type::text, "/actuator/info", "Path of the status page."},
    {"eureka.instance.statusPageUrl", Type::url, "", "Its whole address instead."},
    {"eureka.instance.healthCheckUrlPath", Type::text, "/actuator/health", "Path of the health page."},
    {"eureka.instance.healthCheckUrl", Type::url, "", "Its whole address instead."},
    {"eureka.instance.leaseRenewalIntervalInSeconds", Type::number, "30", "How often we say that we live. Servers count on 30."},
    {"eureka.instance.leaseExpirationDurationInSeconds", Type::number, "90", "How long a server waits for that before it takes us out."},
    {"eureka.instance.metadataMap.*", Type::option, "", "What else others shall know of us."},
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

}  // namespace

std::span<const Key> keys() {
    return kKeys;
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
