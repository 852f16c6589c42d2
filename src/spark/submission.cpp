#include "spark/submission.hpp"

#include <algorithm>

#include "domain/spark_secrets.hpp"
#include "spark/job_identity.hpp"

namespace slipway::spark {
namespace {

constexpr std::size_t kTarBlock = 512;
constexpr const char* kRedaction = "spark.redaction.regex";

std::string joined(const std::vector<std::string>& parts) {
    std::string out;
    for (const auto& part : parts) {
        out += (out.empty() ? "" : ",") + part;
    }
    return out;
}

/// The user's own list, then ours.
std::string with(const SubmitOptions& options, std::string_view name, const std::vector<std::string>& ours) {
    const auto* theirs = options.find(name);
    const auto mine = joined(ours);
    if (theirs == nullptr || theirs->value.empty()) {
        return mine;
    }
    return mine.empty() ? theirs->value : theirs->value + "," + mine;
}

/// Whether the text of a properties file has a line for this setting.
bool sets(std::string_view properties, std::string_view name) {
    while (!properties.empty()) {
        const auto end = std::min(properties.find('\n'), properties.size());
        const auto line = properties.substr(std::min(properties.find_first_not_of(" \t"), end), end);
        if (line.starts_with(name)) {
            return true;
        }
        properties.remove_prefix(std::min(end + 1, properties.size()));
    }
    return false;
}

void force_settings(SubmitOptions& options, const PySparkJobManifest& manifest, const AttemptPlaces& places, const SubmitSettings& settings,
                    const SparkHost& host) {
    options.force("--master", settings.master);
    options.force("--deploy-mode", settings.deploy_mode);
    if (options.find("--name") == nullptr && options.find("spark.app.name") == nullptr) {
        options.force("--name", manifest.application_name);
    }
    options.force("spark.modelop.tag", places.tag);
    if (options.find("spark.submit.callSystemExitOnMainExit") == nullptr) {
        options.force("spark.submit.callSystemExitOnMainExit", "true");
    }
    if (options.find(kRedaction) == nullptr && !sets(host.defaults, kRedaction)) {
        options.force(kRedaction, domain::redaction_pattern());
    }
    if (settings.master == "yarn") {
        options.force("spark.yarn.tags", with(options, "spark.yarn.tags", {host.service_tag, places.tag}));
        options.force("spark.yarn.maxAppAttempts", "1");
        if (settings.deploy_mode == "cluster") {
            options.force("spark.yarn.submit.waitAppCompletion", "false");
        }
    }
}

/// A name that means itself in any URL. Others reach the driver in the archive alone.
bool is_plain_name(std::string_view name) {
    return std::ranges::all_of(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-'; });
}

/// Client modes read the files where they lie. Spark ships files by their bare name: what lies in folders goes to a cluster's driver in one archive, which it
/// unpacks, with all the others. A spark-submit on the cluster is itself a client, which fetches the files of `--py-files` beside the driver and no others.
std::string add_files(SubmitOptions& options, const PySparkJobManifest& manifest, const std::string& base, bool cluster, bool elsewhere) {
    std::vector<std::string> code;
    std::vector<std::string> other;
    for (const auto& file : manifest.files) {
        if (!file.path.contains('/') && !(elsewhere && !is_plain_name(file.path))) {
            (file.python ? code : other).push_back(base + "/" + file.path);
        }
    }
    if (cluster) {
        code.push_back(fmt::format("{}/{}", base, kMetadataFile));
        (elsewhere ? code : other).push_back(fmt::format("{}/{}", base, kArchiveFile));
    }
    for (const auto& [name, list] : {std::pair{"--py-files", &code}, std::pair{"--files", &other}}) {
        if (const auto all = with(options, name, *list); !all.empty()) {
            options.force(name, all);
        }
    }
    return cluster ? tar_of(manifest.files) : "";
}

void set_octal(std::string& header, std::size_t at, std::size_t width, std::uint64_t number) {
    header.replace(at, width, fmt::format("{:0{}o}", number, width - 1) + '\0');
}

/// A header of ustar with its sum.
std::string tar_header(std::string_view prefix, std::string_view name, std::size_t size, char type) {
    std::string header(kTarBlock, '\0');
    header.replace(0, name.size(), name);
    set_octal(header, 100, 8, 0600);
    set_octal(header, 108, 8, 0);
    set_octal(header, 116, 8, 0);
    set_octal(header, 124, 12, size);
    set_octal(header, 136, 12, 0);
    header[156] = type;
    header.replace(257, 8,
                   std::string{"ustar\0"
                               "00",
                               8});
    header.replace(345, prefix.size(), prefix);
    header.replace(148, 8, 8, ' ');
    std::uint64_t sum = 0;
    for (const char c : header) {
        sum += static_cast<unsigned char>(c);
    }
    header.replace(148, 8, fmt::format("{:06o}", sum) + std::string{"\0 ", 2});
    return header;
}

/// A member with its content, filled up to whole blocks.
void append_member(std::string& out, const std::string& header, std::string_view content) {
    out += header;
    out += content;
    out.append((kTarBlock - content.size() % kTarBlock) % kTarBlock, '\0');
}

/// `27 path=…`, the length of all of it in front (POSIX.1-2001, pax).
std::string pax_path(std::string_view path) {
    const auto rest = fmt::format(" path={}\n", path);
    auto length = rest.size() + 1;
    while (std::to_string(length).size() + rest.size() != length) {
        length = std::to_string(length).size() + rest.size();
    }
    return std::to_string(length) + rest;
}

void append_file(std::string& out, const ManifestFile& file) {
    // ustar: at most 100 bytes of name, and at most 155 of the folders before it in `prefix`. What is longer stands whole in a record before it.
    constexpr std::size_t kName = 100;
    constexpr std::size_t kPrefix = 155;
    const std::string_view path{file.path};
    const auto cut = path.size() <= kName ? std::string_view::npos : path.find('/', path.size() - kName - 1);
    if (path.size() <= kName) {
        append_member(out, tar_header({}, path, file.content.size(), '0'), file.content);
    } else if (cut <= kPrefix) {
        append_member(out, tar_header(path.substr(0, cut), path.substr(cut + 1), file.content.size(), '0'), file.content);
    } else {
        const auto record = pax_path(path);
        append_member(out, tar_header({}, "pax", record.size(), 'x'), record);
        append_member(out, tar_header({}, path.substr(0, kName), file.content.size(), '0'), file.content);
    }
}

/// What the job has sealed is in the file: an argument of the engine would win over it.
void drop_sealed(SubmitOptions& options, const std::vector<std::pair<std::string, std::string>>& secrets) {
    for (const auto& [name, value] : secrets) {
        if (domain::is_secret_setting(name, value)) {
            options.drop(name);
        }
    }
}

bool is_verbose(const SubmitOptions& options) {
    return options.find("-v") != nullptr || options.find("--verbose") != nullptr;
}

/// What spark-submit reads from a file it prints with what that file itself hides: also the host's own, of which ours has a copy.
SplitOptions parts_of(const SubmitOptions& options, const std::vector<std::pair<std::string, std::string>>& secrets, const SparkHost& host, bool elsewhere) {
    auto parts = split(options);
    parts.properties.insert(parts.properties.end(), secrets.begin(), secrets.end());
    const auto* hidden = options.find(kRedaction);
    const bool prints_defaults = is_verbose(options) && !host.defaults.empty() && !elsewhere;
    if (hidden != nullptr && (prints_defaults || !parts.properties.empty())) {
        parts.properties.emplace_back(kRedaction, hidden->value);
    }
    return parts;
}

/// spark-submit prints the options of the driver's JVM as they are, whatever it is to hide: it is not asked to say what it does where these hold a key.
void be_silent_of_keys(SubmitOptions& options, const std::vector<std::pair<std::string, std::string>>& secrets, const SparkHost& host) {
    const auto holds_key = [](std::string_view value) { return domain::is_secret_setting(kDriverJavaOptions, value); };
    const auto is_for_driver = [](std::string_view name) { return name == kDriverJavaOptions || name == kDriverJavaSetting; };
    if (holds_key(host.defaults) || std::ranges::any_of(options.all(), [&](const Option& one) { return is_for_driver(one.name) && holds_key(one.value); }) ||
        std::ranges::any_of(secrets, [&](const auto& one) { return is_for_driver(one.first) && holds_key(one.second); })) {
        options.drop("-v");
        options.drop("--verbose");
    }
}

}  // namespace

Result<std::vector<std::pair<std::string, std::string>>> secret_parameters(const json::object& job_document, const AssetSecrets& secrets,
                                                                           const std::set<std::string>& opened) {
    std::vector<std::pair<std::string, std::string>> out;
    const auto* parameters = json::object_of(job_document, "jobParameters");
    const auto found = parameters == nullptr ? secrets.end() : secrets.find(std::string{json::text_of(*parameters, "credentialRef")});
    if (found == secrets.end()) {
        return out;
    }
    json::object sealed;
    for (const auto& [name, secret] : found->second) {
        sealed[name] = secret.reveal();
    }
    SubmitOptions options;
    if (auto laid = options.lay(OptionLayer::job, sealed, "/jobParameters", opened); !laid) {
        for (auto& fault : laid.error().faults) {
            fault.got = "a secret";
        }
        return std::unexpected(std::move(laid.error()));
    }
    for (const auto& option : options.all()) {
        out.emplace_back(option.name == kDriverJavaOptions ? kDriverJavaSetting : option.name, option.value);
    }
    return out;
}

std::string path_of_file_url(std::string_view url) {
    constexpr std::string_view kScheme = "file://";
    return url.starts_with(kScheme) ? std::string{url.substr(kScheme.size())} : std::string{};
}

std::string tar_of(const std::vector<ManifestFile>& files) {
    std::string out;
    for (const auto& file : files) {
        append_file(out, file);
    }
    out.append(2 * kTarBlock, '\0');
    return out;
}

Submission build_submission(const PySparkJobManifest& manifest, const JobFolder& folder, const AttemptPlaces& places, const SubmitSettings& settings,
                            const SparkHost& host, const std::vector<std::pair<std::string, std::string>>& secrets) {
    const bool cluster = settings.deploy_mode == "cluster";
    const bool elsewhere = !places.files_url.empty();
    const auto base = elsewhere ? places.files_url : folder.files();
    auto options = manifest.options;
    force_settings(options, manifest, places, settings, host);
    Submission out;
    out.archive = add_files(options, manifest, base, cluster, elsewhere);
    drop_sealed(options, secrets);
    be_silent_of_keys(options, secrets, host);
    auto parts = parts_of(options, secrets, host, elsewhere);
    out.properties = parts.properties.empty() ? "" : host.defaults + "\n" + properties_text(parts.properties);
    out.metadata = metadata_text(manifest, places, settings);

    auto& arguments = out.launch.arguments;
    arguments.push_back(host.spark_submit);
    out.command.push_back(host.spark_submit);
    if (!parts.properties.empty()) {
        const auto path = elsewhere ? fmt::format("{}/{}", path_of_file_url(base), kPropertiesFile) : folder.properties(places.attempt);
        arguments.insert(arguments.end(), {"--properties-file", path});
        out.command.insert(out.command.end(), {"--properties-file", path});
    }
    arguments.insert(arguments.end(), parts.arguments.begin(), parts.arguments.end());
    out.command.insert(out.command.end(), parts.shown.begin(), parts.shown.end());
    const auto driver = fmt::format("{}/{}", base, kDriverFile);
    arguments.push_back(driver);
    out.command.push_back(driver);

    out.launch.folder = folder.path();
    out.launch.attempt = places.attempt;
    out.launch.environment = host.environment;
    out.launch.environment.emplace_back("MODELOP_TAG", places.tag);
    out.launch.mark = process_mark(places.tag);
    out.launch.held = folder.held_path(places.attempt);
    out.launch.working_directory = folder.files();
    out.launch.stdout_path = folder.stdout_path(places.attempt);
    out.launch.stderr_path = folder.stderr_path(places.attempt);
    out.launch.secret_files = {folder.properties(places.attempt)};
    out.launch.user = host.job_user;
    return out;
}

}  // namespace slipway::spark
