#include "base/crypto.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/id.hpp"

namespace slipway {
namespace {

namespace fs = std::filesystem;

class Folder {
public:
    Folder() : path_{fs::temp_directory_path() / ("slipway-crypto-" + random_hex(8))} { fs::create_directory(path_); }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    std::string file(const std::string& name) const { return (path_ / name).string(); }
    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

TEST(Hashes, MatchPublishedAnswers) {
    // FIPS 180-2 appendix B.1, RFC 4231 test cases 2 and 6 (a key longer than the block).
    EXPECT_EQ(crypto::sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(crypto::sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(crypto::hex(crypto::bytes_of(crypto::hmac_sha256("Jefe", "what do ya want for nothing?"))),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(crypto::hex(crypto::bytes_of(crypto::hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"))),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Base64, GoesBothWays) {
    EXPECT_EQ(crypto::base64("foob"), "Zm9vYg==");
    EXPECT_EQ(crypto::base64url("\xff\xfe\xfd!"), "__79IQ");
    EXPECT_EQ(*crypto::from_base64("Zm9v\r\n Yg==\n"), "foob");
    EXPECT_EQ(*crypto::from_base64(""), "");
    const auto bytes = crypto::random_bytes(1000);
    EXPECT_EQ(*crypto::from_base64(crypto::base64(bytes)), bytes);
}

TEST(Base64, RefusesWhatIsNone) {
    for (const auto& text : std::vector<std::string>{"Zm9vYg", "Zm9vYg=", "Zm9!", "Zm9vYg==x", "__79", std::string("Zm9v\0", 5)}) {
        EXPECT_FALSE(crypto::from_base64(text)) << text;
    }
}

TEST(Passwords, VerifyOnlyTheRightOne) {
    const auto hash = crypto::hash_password(Secret{"correct horse"});
    ASSERT_TRUE(hash);
    EXPECT_TRUE(hash->starts_with("$argon2id$v=19$m=65536,t=2,p=1$")) << *hash;
    EXPECT_TRUE(crypto::verify_password(Secret{"correct horse"}, *hash));
    EXPECT_FALSE(crypto::verify_password(Secret{"correct hors"}, *hash));
    EXPECT_FALSE(crypto::verify_password(Secret{"x"}, ""));
    EXPECT_FALSE(crypto::verify_password(Secret{"x"}, std::string(500, 'a')));
}

TEST(Sealer, BindsTheTextToItsPurposeAndKey) {
    const crypto::Sealer sealer{Secret{"k"}};
    const auto sealed = sealer.seal(Secret{"AKIA secret"}, "credential:1");
    EXPECT_EQ(sealed.find("AKIA"), std::string::npos);
    EXPECT_NE(sealed, sealer.seal(Secret{"AKIA secret"}, "credential:1"));
    EXPECT_EQ(sealer.unseal(sealed, "credential:1")->reveal(), "AKIA secret");
    EXPECT_FALSE(sealer.unseal(sealed, "credential:2"));
    EXPECT_FALSE(crypto::Sealer{Secret{"other"}}.unseal(sealed, "credential:1"));
    EXPECT_EQ(sealer.unseal(sealer.seal(Secret{}, "p"), "p")->reveal(), "");
}

TEST(Sealer, RefusesEveryChangedByteAndEveryCut) {
    const crypto::Sealer sealer{Secret{"k"}};
    const auto sealed = sealer.seal(Secret{"text"}, "p");
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        auto changed = sealed;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_FALSE(sealer.unseal(changed, "p")) << i;
        EXPECT_FALSE(sealer.unseal(sealed.substr(0, i), "p")) << i;
    }
}

TEST(Sealer, DerivesDifferentKeysForDifferentPurposes) {
    const crypto::Sealer sealer{Secret{"k"}};
    EXPECT_EQ(sealer.derive("sessions").reveal(), sealer.derive("sessions").reveal());
    EXPECT_NE(sealer.derive("sessions").reveal(), sealer.derive("cursors").reveal());
    EXPECT_EQ(sealer.derive("sessions").reveal().size(), 32U);
}

TEST(SealerFile, IsMadeOnceForItsOwnerAlone) {
    const Folder folder;
    const auto path = folder.file("key");
    const auto first = crypto::Sealer::open(path, true);
    ASSERT_TRUE(first) << first.error().message;
    struct stat info{};
    ASSERT_EQ(::stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777U, 0600U);
    EXPECT_EQ(info.st_size, 32);
    EXPECT_EQ(std::distance(fs::directory_iterator{folder.path()}, {}), 1) << "the draft is gone";
    for (const bool create : {true, false}) {
        EXPECT_EQ(crypto::Sealer::open(path, create)->derive("x").reveal(), first->derive("x").reveal());
    }
}

TEST(SealerFile, SaysWhatIsWrong) {
    const Folder folder;
    const auto message = [&](const std::string& name, bool create = false) { return crypto::Sealer::open(folder.file(name), create).error().message; };
    EXPECT_NE(message("absent").find("is missing"), std::string::npos);
    EXPECT_NE(message("no/folder", true).find("cannot be made"), std::string::npos);
    std::ofstream{folder.file("short")} << "abc";
    fs::permissions(folder.file("short"), fs::perms::owner_read);
    EXPECT_NE(message("short", true).find("32 bytes, and holds 3"), std::string::npos);
    std::ofstream{folder.file("open")} << std::string(32, 'x');
    fs::permissions(folder.file("open"), fs::perms{0640});
    EXPECT_NE(message("open", true).find("chmod 600"), std::string::npos);
    EXPECT_EQ(crypto::Sealer::open(folder.file("open"), true).error().code, ErrorCode::failed_precondition);
}

}  // namespace
}  // namespace slipway
