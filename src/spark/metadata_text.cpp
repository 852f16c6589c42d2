#include "spark/manifest.hpp"

/// What the driver reads of its job.
namespace slipway::spark {
namespace {

/// The text as the inside of a JSON and a Python string at once: ASCII alone.
std::string python_literal(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            default: out += c;
        }
    }
    return out + "\"";
}

/// JSON with everything outside ASCII as `\u….`
std::string ascii_json(const json::object& object) {
    const auto text = json::write(object);
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto lead = static_cast<unsigned char>(text[at]);
        if (lead < 0x80) {
            out += text[at++];
            continue;
        }
        const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        std::uint32_t code = lead & (length == 4 ? 0x07U : length == 3 ? 0x0FU : 0x1FU);
        for (std::size_t i = 1; i < length; ++i) {
            code = code << 6U | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
        }
        at += length;
        if (code >= 0x10000) {
            code -= 0x10000;
            out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (code >> 10U), 0xDC00 + (code & 0x3FFU));
        } else {
            out += fmt::format("\\u{:04x}", code);
        }
    }
    return out;
}

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

}  // namespace

std::string metadata_text(const PySparkJobManifest& manifest, const AttemptPlaces& places, const SubmitSettings& settings) {
    constexpr int kResultLimit = 1 << 20;
    json::array modules;  // those in folders, of which --py-files has none
    for (const auto& file : manifest.files) {
        if (file.python && file.path.contains('/')) {
            modules.emplace_back(file.path);
        }
    }
    const json::object metadata{{"version", 1},
                                {"jobId", manifest.job_id},
                                {"attempt", places.attempt},
                                {"tag", places.tag},
                                {"jobType", json::enum_name(manifest.job_type)},
                                {"function", manifest.function},
                                {"initFunction", text_or_null(manifest.init_function.value_or(""))},
                                {"inputs", manifest.inputs},
                                {"outputs", manifest.outputs},
                                {"modelAssets", manifest.model_assets},
                                {"modules", std::move(modules)},
                                {"rawJson", manifest.job_document},
                                {"applicationPath", text_or_null(places.application_path)},
                                {"applicationUrl", text_or_null(places.application_url)},
                                {"resultPath", text_or_null(places.result_path)},
                                {"resultUrl", text_or_null(places.result_url)},
                                {"expectedMaster", settings.master},
                                {"onOwnMaster", settings.own_master_is_error ? "error" : "warn"},
                                {"resultLimit", kResultLimit}};
    return "# Made by the runtime service for one attempt of one job.\nimport json\n\nMETADATA = json.loads(" + python_literal(ascii_json(metadata)) + ")\n";
}

}  // namespace slipway::spark
