#pragma once

#include <charconv>
#include <map>
#include <mutex>
#include <string>

#include "base/http_transport.hpp"
#include "base/json.hpp"

namespace slipway::fakes {

/// WebHDFS as a NameNode and its DataNodes answer it (Hadoop 3.5), in memory. A host called `standby` is on standby. Thread-safe.
class ScriptedHdfs final : public HttpTransport {
public:
    std::map<std::string, std::string> files;    ///< by path, decoded
    std::map<std::string, std::string> folders;  ///< that were asked for: by path the mode, as it was written; empty: HDFS's own

    Result<HttpResponse> send(const HttpRequest& request) override {
        const std::lock_guard lock{mutex_};
        const auto host = request.url.find("://") + 3;
        const auto path = request.url.find('/', host);
        if (std::string_view{request.url}.substr(host).starts_with("standby")) {
            return exception(403, "StandbyException");
        }
        const auto target = std::string_view{request.url}.substr(path + std::string_view{"/webhdfs/v1"}.size());
        const auto query = target.substr(target.find('?') + 1);
        const auto file = decoded(target.substr(0, target.find('?')));
        const bool data = std::string_view{request.url}.substr(host).starts_with("data");
        const auto operation = parameter(query, "op");
        if (operation == "OPEN") {
            return data ? open(request, file, query) : located(request, file);
        }
        if (operation == "CREATE") {
            return data ? create(request, file) : located(request, file);
        }
        if (operation == "LISTSTATUS") {
            return list(file);
        }
        if (operation == "DELETE") {
            const auto gone = std::erase_if(files, [&](const auto& entry) { return is_at_or_below(entry.first, file); }) + folders.erase(file);
            return boolean(gone > 0);
        }
        if (operation == "RENAME") {
            return rename(file, decoded(parameter(query, "destination")));
        }
        folders.emplace(file, parameter(query, "permission"));
        return boolean(true);
    }

private:
    static HttpResponse json_answer(int status, const json::object& body) {
        return {.status = status, .headers = {{"content-type", "application/json"}}, .body = json::write(body)};
    }
    static HttpResponse exception(int status, std::string_view name) {
        return json_answer(status, {{"RemoteException", {{"exception", name}, {"message", "scripted"}}}});
    }
    static HttpResponse boolean(bool value) { return json_answer(200, {{"boolean", value}}); }

    static std::string parameter(std::string_view query, std::string_view name) {
        while (!query.empty()) {
            const auto end = std::min(query.find('&'), query.size());
            const auto part = query.substr(0, end);
            query.remove_prefix(std::min(end + 1, query.size()));
            if (part.starts_with(name) && part.size() > name.size() && part[name.size()] == '=') {
                return std::string{part.substr(name.size() + 1)};
            }
        }
        return {};
    }

    static std::string decoded(std::string_view text) {
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '%' && i + 2 < text.size()) {
                unsigned byte = 0;
                std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16);
                out += static_cast<char>(byte);
                i += 2;
            } else {
                out += text[i];
            }
        }
        while (out.size() > 1 && out.ends_with('/')) {
            out.pop_back();
        }
        return out;
    }

    static bool is_at_or_below(const std::string& path, const std::string& folder) { return path == folder || path.starts_with(folder + "/"); }

    HttpResponse located(const HttpRequest& request, const std::string& file) const {
        if (request.method == "GET" && !files.contains(file)) {
            return exception(404, "FileNotFoundException");
        }
        auto url = request.url;
        url.replace(url.find("://") + 3, url.find('/', url.find("://") + 3) - url.find("://") - 3, "data:9864");
        return json_answer(200, {{"Location", url}});
    }

    HttpResponse open(const HttpRequest& request, const std::string& file, std::string_view query) const {
        std::size_t offset = 0;
        const auto text = parameter(query, "offset");
        std::from_chars(text.data(), text.data() + text.size(), offset);
        std::string_view bytes{files.at(file)};
        bytes.remove_prefix(std::min(offset, bytes.size()));
        for (constexpr std::size_t kPiece = 16384; request.on_body && !bytes.empty(); bytes.remove_prefix(std::min(kPiece, bytes.size()))) {
            if (!request.on_body(bytes.substr(0, kPiece))) {
                break;
            }
        }
        return {.status = 200, .headers = {}, .body = {}};
    }

    HttpResponse create(const HttpRequest& request, const std::string& file) {
        files[file] = request.body;
        return {.status = 201, .headers = {}, .body = {}};
    }

    HttpResponse rename(const std::string& from, const std::string& to) {
        const auto found = files.find(from);
        if (found == files.end() || files.contains(to)) {
            return boolean(false);
        }
        files[to] = std::move(found->second);
        files.erase(found);
        return boolean(true);
    }

    HttpResponse list(const std::string& folder) const {
        std::map<std::string, json::object> found;
        for (const auto& [path, bytes] : files) {
            if (path == folder) {
                found[""] = {{"pathSuffix", ""}, {"type", "FILE"}, {"length", bytes.size()}};
            } else if (is_at_or_below(path, folder)) {
                const auto rest = path.substr(folder.size() + 1);
                const auto slash = rest.find('/');
                found[rest.substr(0, slash)] = {{"pathSuffix", rest.substr(0, slash)},
                                                {"type", slash == std::string::npos ? "FILE" : "DIRECTORY"},
                                                {"length", slash == std::string::npos ? bytes.size() : 0}};
            }
        }
        if (found.empty() && !folders.contains(folder)) {
            return exception(404, "FileNotFoundException");
        }
        json::array list;
        for (auto& [name, status] : found) {
            list.push_back(std::move(status));
        }
        return json_answer(200, {{"FileStatuses", {{"FileStatus", std::move(list)}}}});
    }

    std::mutex mutex_;
};

}  // namespace slipway::fakes
