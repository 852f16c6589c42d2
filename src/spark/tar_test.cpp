#include <gtest/gtest.h>
#include <utility>

#include "spark/submission.hpp"

/// The archive in which a driver on the cluster gets its files.
namespace slipway::spark {
namespace {

TEST(Tar, LongNamesReachTheDriverWhole) {
    const std::string folders = std::string(150, 'f') + "/" + std::string(120, 'g') + "/";
    const std::vector<std::string> names{std::string(100, 'a'),
                                         std::string(150, 'b') + ".csv",
                                         std::string(150, 'b') + ".txt",
                                         folders + "x.csv",
                                         std::string(155, 'p') + "/" + std::string(100, 'q'),
                                         folders + std::string(160, 'r')};
    std::vector<ManifestFile> files;
    for (const auto& name : names) {
        files.push_back({name, "content of " + name});
    }
    const auto tar = tar_of(files);
    std::vector<std::string> read;
    std::string extended;
    for (std::size_t at = 0; at + 512 <= tar.size() && tar[at] != '\0';) {
        const auto field = [&](std::size_t begin, std::size_t width) { return std::string{tar.substr(at + begin, width).c_str()}; };
        const auto size = std::stoul(field(124, 12), nullptr, 8);
        const auto body = tar.substr(at + 512, size);
        if (tar[at + 156] == 'x') {
            EXPECT_EQ(std::stoul(body), size) << "one record with its own length in front";
            extended = body.substr(body.find('=') + 1, body.size() - body.find('=') - 2);
        } else {
            const auto prefix = field(345, 155);
            const auto name = extended.empty() ? (prefix.empty() ? "" : prefix + "/") + field(0, 100) : std::exchange(extended, {});
            read.push_back(name);
            EXPECT_EQ(body, "content of " + name);
        }
        at += 512 + (size + 511) / 512 * 512;
    }
    EXPECT_EQ(read, names);
}

}  // namespace
}  // namespace slipway::spark
