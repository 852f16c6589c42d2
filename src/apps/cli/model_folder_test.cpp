#include "apps/cli/model_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/cli/exit_codes.hpp"
#include "base/crypto.hpp"
#include "fakes/fake_terminal.hpp"

namespace slipway::cli {
namespace {

using fakes::FakeTerminal;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ModelFolder, MarksBelongToTheFunctionBehindThem) {
    const auto found = marked_functions(
        "# modelop.init\ndef begin():\n    pass\n\"\"\"\n# modelop.score\ndef fake(): pass\n\"\"\"\n#modelop.score\n@decorated\ndef run(a, b, c):\n    x = '# "
        "modelop.train'\n# modelop.metrics\nx = 1\ndef not_this(): pass\n\t# modelop.train  \r\ndef learn(a): pass\n# modelop.scores\ndef g(): pass\n");
    EXPECT_EQ(json::write(found), R"({"initFunction":"begin","scoreFunction":"run","trainFunction":"learn"})");
    EXPECT_TRUE(marked_functions("x = '''# modelop.score\ndef f(): pass\n'''").empty());
}

TEST(ModelFolder, RolesGoByName) {
    for (const auto& [name, role] : std::vector<std::pair<std::string, std::string>>{{"README.md", "README_FILE"},
                                                                                     {"docs/model.pdf", "MODEL_DOCUMENTATION"},
                                                                                     {"requirements.txt", "REQUIRED_LIBRARIES"},
                                                                                     {"model.pkl", "WEIGHTS_FILE"},
                                                                                     {"data/train.csv", "TRAINING_DATA"},
                                                                                     {"holdout.csv", "TEST_DATA"},
                                                                                     {"baseline.json", "BASELINE_DATA"},
                                                                                     {"rules.dmn", "TEST_RESULT_COMPARATOR"},
                                                                                     {"strange.xyz", "UNKNOWN"}}) {
        EXPECT_EQ(role_of_file(name), role) << name;
    }
}

class ModelFolders : public testing::Test {
protected:
    ModelFolders() {
        t.world.environment["SLIPWAY_TOKEN"] = "token-1";
        std::filesystem::create_directories(folder() / "lib" / "__pycache__");
        t.file("churn/main.py", "# modelop.score\ndef score(i, o, a): yield 1\n");
        t.file("churn/lib/helper.py", "x = 1\n");
        t.file("churn/lib/__pycache__/helper.pyc", "x");
        t.file("churn/.hidden", "x");
        t.file("churn/input_schema.avsc", R"({"type":"record","name":"r","fields":[]})");
        t.file("churn/required_assets.json", R"([{"assetRole":"BASELINE_DATA"}])");
        t.file("churn/weights.pkl", "w");
    }
    std::filesystem::path folder() const { return t.home / "churn"; }
    FakeTerminal t;
};

TEST_F(ModelFolders, BecomeAPySparkModel) {
    const auto read = read_model_folder(folder(), "");
    ASSERT_TRUE(read) << read.error().message;
    const json::value document(read->document);
    const auto at = [&](std::string_view pointer) {
        const auto* found = json::find(document, pointer);
        return found == nullptr ? "absent" : found->is_string() ? std::string{std::string_view{found->get_string()}} : json::write(*found);
    };
    EXPECT_EQ(at("/modelMetaData/name"), "churn");
    EXPECT_EQ(at("/modelMetaData/type"), "PYSPARK");
    EXPECT_EQ(at("/modelMetaData/inputSchema/0/schemaDefinition/name"), "r");
    EXPECT_EQ(at("/modelAssets/0/name"), "main.py");
    EXPECT_EQ(at("/modelAssets/0/primaryModelSource"), "true");
    EXPECT_EQ(at("/modelAssets/0/scoreFunction"), "score");
    EXPECT_EQ(at("/modelAssets/1/name"), "lib/helper.py");
    EXPECT_EQ(at("/modelAssets/1/primaryModelSource"), "absent");
    EXPECT_EQ(at("/modelAssets/2/name"), "required_assets.json");
    EXPECT_EQ(at("/modelAssets/3/assetRole"), "WEIGHTS_FILE");
    EXPECT_EQ(at("/modelAssets/3/fileContent"), crypto::base64("w"));
    EXPECT_EQ(at("/modelAssets/4"), "absent");
    EXPECT_EQ(at("/requiredAssets/0/assetRole"), "BASELINE_DATA");
    EXPECT_EQ(read_model_folder(folder() / "lib" / "helper.py", "")->document.at("modelMetaData").at("name").as_string(), "helper");
}

TEST_F(ModelFolders, AProgramThatMarksNothingIsKeptWithAWord) {
    const auto none_yet = [&] {
        t.server.then(FakeTerminal::answer(200, R"({"_embedded":{"storedModels":[]}})")).then(FakeTerminal::answer(201, R"({"id":"m-1"})"));
    };
    none_yet();
    EXPECT_EQ(t.run({"model", "add", t.file("plain.py", "# modelop.init\ndef f(): pass\n")}), kDone) << t.err;
    EXPECT_THAT(t.err, HasSubstr("plain.py marks no function that a job could run"));
    none_yet();
    EXPECT_EQ(t.run({"model", "add", folder()}), kDone) << t.err;
    EXPECT_THAT(t.err, Not(HasSubstr("no function that a job could run")));
}

TEST_F(ModelFolders, AMarkThatIsOnNoFunctionIsToldByItsLine) {
    t.server.then(FakeTerminal::answer(200, R"({"_embedded":{"storedModels":[]}})")).then(FakeTerminal::answer(201, R"({"id":"m-1"})"));
    EXPECT_EQ(t.run({"model", "add", t.file("marked.py", "# modelop.metrics\ndef m(a): pass\n# modelop.score\nscore = lambda a: a\n")}), kDone) << t.err;
    EXPECT_THAT(t.err, HasSubstr("marked.py: line 4 is marked with # modelop.score and is no function of the module"));
    const auto read = read_model_folder(t.file("class.py", "class M:\n    # modelop.score\n    def score(self): pass\n# modelop.train\n"), "");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_THAT(doubts_about(read->document),
                testing::ElementsAre(HasSubstr("line 3 is marked with # modelop.score"), HasSubstr("line 4 is marked with # modelop.train")));
}

TEST_F(ModelFolders, OneMarkNamesOneFunction) {
    const auto twice = t.file("twice.py", "# modelop.score\ndef a(i, o, m): pass\n\n# modelop.score\ndef b(i, o, m): pass\n");
    EXPECT_EQ(t.run({"model", "add", twice}), kWrongUse);
    EXPECT_THAT(t.err, HasSubstr("twice.py marks more than one function with # modelop.score: a (line 2), b (line 5); mark only the one that runs"));
    EXPECT_EQ(t.server.calls(), 0U);
    t.file("churn/other.py", "# modelop.metrics\ndef f(a): pass\n");
    auto read = read_model_folder(folder(), "main.py");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(doubts_about(read->document), std::vector<std::string>{"other.py has # modelop comments, too: only those of main.py count."});
    read = read_model_folder(t.file("broken.py", "# modelop.score\ndef a(i, o, m):\n    x = (1,\n"), "");
    ASSERT_TRUE(read);
    ASSERT_EQ(doubts_about(read->document).size(), 1U);
    EXPECT_THAT(doubts_about(read->document).front(), HasSubstr("broken.py cannot be read, a job of it would fail: "));
}

TEST_F(ModelFolders, SourcesAreReadInTheEncodingThatTheyHave) {
    const std::string body = "# modelop.score\ndef score(i, o, a):\n    return ";
    const auto source_of = [&](const std::string& bytes) {
        const auto read = read_model_folder(t.file("lat.py", bytes), "");
        return read ? std::string{json::text_of(read->document.at("modelAssets").at(0).as_object(), "sourceCode")} : read.error().message;
    };
    const std::string latin = "# -*- coding: latin-1 -*-\n" + body;
    EXPECT_EQ(source_of(latin + "'\xE9'\n"), latin + "'é'\n");
    EXPECT_EQ(source_of(latin + "'\xC3\xA9'\n"), latin + "'Ã©'\n") << "as Python reads it";
    EXPECT_EQ(source_of("# coding: cp1252\n" + body + "'\x80'"), "# coding: cp1252\n" + body + "'€'");
    EXPECT_EQ(source_of("# coding: ISO_8859_15\n" + body + "'\xA4'"), "# coding: ISO_8859_15\n" + body + "'€'");
    for (const auto& same :
         std::vector<std::string>{body + "'é'", "\xEF\xBB\xBF" + body + "'é'", "# coding: utf-8\n" + body + "'é'", "# coding: shift_jis\n" + body + "'e'"}) {
        EXPECT_EQ(source_of(same), same);
    }
    EXPECT_THAT(source_of(body + "'\xE9'"), AllOf(HasSubstr("lat.py line 3 has a byte 0xe9 that is no UTF-8"), HasSubstr("coding: latin-1")));
    EXPECT_THAT(source_of("# coding: utf-8\n" + body + "'\xE9'"), HasSubstr("another encoding than it has"));
    EXPECT_THAT(source_of("# coding: cp1252\n" + body + "'\x81'"), HasSubstr("line 4 has a byte 0x81"));
    EXPECT_THAT(source_of("# coding: shift_jis\n" + body + "'\x83\x41'"), HasSubstr("lat.py says that it is written in shift_jis"));
    EXPECT_THAT(source_of(std::string{"\xFF\xFE#\0", 4}), HasSubstr("UTF-16"));
}

TEST_F(ModelFolders, FaultsAreNamed) {
    EXPECT_EQ(t.run({"model", "add", t.home / "nothing"}), kWrongUse);
    t.file("churn/other.py", "# modelop.score\ndef f(a): pass\n");
    EXPECT_EQ(t.run({"model", "add", folder()}), kWrongUse);
    EXPECT_THAT(t.err, AllOf(HasSubstr("--primary"), HasSubstr("other.py"), HasSubstr("main.py")));
    EXPECT_TRUE(read_model_folder(folder(), "other.py"));
    t.file("churn/output.avsc", "{");
    EXPECT_EQ(t.run({"model", "add", folder(), "--primary", "main.py"}), kWrongUse);
    EXPECT_THAT(t.err, HasSubstr("output.avsc"));
}

TEST_F(ModelFolders, ALinkThatLeadsOutOfTheFolderIsRefused) {
    std::filesystem::create_symlink(folder() / "weights.pkl", folder() / "same.pkl");
    std::filesystem::create_symlink(folder() / "nothing", folder() / "broken.csv");
    const auto read = read_model_folder(folder(), "");
    ASSERT_TRUE(read) << read.error().message;
    std::filesystem::create_symlink(t.file("secret.txt", "x"), folder() / "lib" / "link.txt");
    EXPECT_EQ(t.run({"model", "add", folder()}), kWrongUse);
    EXPECT_THAT(t.err, HasSubstr("churn/lib/link.txt leads out of the folder"));
    EXPECT_EQ(t.server.calls(), 0U);
}

TEST_F(ModelFolders, APrivateKeyBehindCertificatesStaysHere) {
    const std::string chain = "-----BEGIN CERTIFICATE-----\n" + std::string(6000, 'A') + "\n-----END CERTIFICATE-----\n";
    t.file("churn/chain.crt", chain);
    t.file("churn/bundle.crt", chain + "-----BEGIN RSA PRIVATE KEY-----\nCANARY\n");
    const auto read = read_model_folder(folder(), "");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_THAT(json::write(account_document(*read)), HasSubstr(R"({"name":"bundle.crt","reason":"it has a private key in it"})"));
    EXPECT_THAT(json::write(account_document(*read)), HasSubstr(R"({"name":"chain.crt")"));
}

TEST_F(ModelFolders, KeysAndPasswordsStayHereAndAreNamed) {
    const std::vector<std::string> secrets{"id_rsa", "id_ed25519", "tls.pem", "server.KEY", "svc.keytab", "store.p12", "trust.jks",
                                           ".env",   ".env.prod",  ".netrc",  ".pgpass",    "conf.txt",   "lib/key",   ".aws/credentials"};
    std::filesystem::create_directories(folder() / ".aws");
    for (const auto& name : secrets) {
        t.file("churn/" + name, "-----BEGIN OPENSSH PRIVATE KEY-----\nCANARY\n");
    }
    for (const auto* format : {"table", "json"}) {
        t.server.then(FakeTerminal::answer(200, R"({"_embedded":{"storedModels":[]}})")).then(FakeTerminal::answer(201, R"({"id":"m-1"})"));
        ASSERT_EQ(t.run({"model", "add", folder(), "--output", format}), kDone) << t.err;
        const auto sent = t.server.requests().back().body;
        EXPECT_THAT(sent, AllOf(HasSubstr("main.py"), Not(HasSubstr("CANARY")), Not(HasSubstr(crypto::base64("-----BEGIN OPENSSH")))));
        const auto& told = std::string_view{format} == "json" ? t.out : t.err;
        for (const auto& name : secrets) {
            EXPECT_FALSE(sent.contains(name)) << name;
            EXPECT_THAT(told, HasSubstr(name.starts_with(".aws") ? ".aws/" : name));
        }
    }
    const auto read = json::parse_object(t.out);
    ASSERT_TRUE(read) << t.out;
    EXPECT_EQ(read->at("id").as_string(), "m-1");
    EXPECT_EQ(json::write(read->at("files").at("taken").as_array().at(0)), R"({"name":"main.py","assetType":"SOURCE_CODE","assetRole":"MODEL_SOURCE"})");
    EXPECT_THAT(json::write(read->at("files").at("leftOut")),
                AllOf(HasSubstr(R"({"name":"conf.txt","reason":"it has a private key in it"})"), HasSubstr(R"({"name":".hidden","reason":"it is hidden"})"),
                      HasSubstr(R"({"name":"id_rsa","reason":"it may hold keys)")));
}

TEST_F(ModelFolders, WhatWasTakenIsSaidWithItsRole) {
    t.server.then(FakeTerminal::answer(200, R"({"_embedded":{"storedModels":[]}})")).then(FakeTerminal::answer(201, R"({"id":"m-1"})"));
    ASSERT_EQ(t.run({"model", "add", folder()}), kDone) << t.err;
    EXPECT_EQ(t.err,
              "slipway: took main.py as MODEL_SOURCE\nslipway: took lib/helper.py as MODEL_SOURCE\nslipway: took required_assets.json as UNKNOWN\n"
              "slipway: took weights.pkl as WEIGHTS_FILE\nslipway: took input_schema.avsc as inputSchema\nslipway: left out .hidden: it is hidden.\n"
              "slipway: left out lib/__pycache__/: it is a cache or an environment of Python or Node.js.\n");
}

TEST_F(ModelFolders, UpdateKeepsIdsAndWhatLiesElsewhere) {
    const std::string known =
        R"({"id":"m-1","group":"risk","modelMetaData":{"name":"churn"},"modelAssets":[{"assetType":"SOURCE_CODE","assetId":"a-1","name":"main.py"},
        {"assetType":"SOURCE_CODE","assetId":"a-2","name":"gone.py"},{"assetType":"EXTERNAL_FILE","assetId":"a-3","fileUrl":"s3://b/k"}]})";
    const std::string listed = R"({"_embedded":{"storedModels":[)" + known + "]}}";
    t.server.then(FakeTerminal::answer(200, listed));
    EXPECT_EQ(t.run({"model", "add", folder()}), kConflict);
    EXPECT_THAT(t.err, HasSubstr("--update"));
    t.server.then(FakeTerminal::answer(200, listed)).then(FakeTerminal::answer(200, known)).then(FakeTerminal::answer(200, known));
    ASSERT_EQ(t.run({"model", "add", folder(), "--update"}), kDone) << t.err;
    const auto sent = t.server.requests().back();
    EXPECT_EQ(sent.method, "PATCH");
    EXPECT_THAT(sent.body, AllOf(HasSubstr(R"("assetId":"a-1")"), HasSubstr("s3://b/k"), testing::Not(HasSubstr("gone.py"))));
    t.server.then(FakeTerminal::answer(200, R"({"_embedded":{"storedModels":[]}})")).then(FakeTerminal::answer(201, known));
    EXPECT_EQ(t.run({"model", "add", folder(), "--update", "--group", "risk"}), kDone) << t.err;
    EXPECT_EQ(t.server.requests().back().method, "POST");
}

}  // namespace
}  // namespace slipway::cli
