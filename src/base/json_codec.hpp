#pragma once

#include <algorithm>
#include <boost/describe.hpp>
#include <boost/mp11.hpp>
#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"

/// Typed views of JSON documents, by Boost.Describe. Members are snake_case in C++ and camelCase in JSON.
///
/// A struct with a member `json::Extra extra` keeps the members it does not know and writes them back after its own;
/// a struct without one refuses them. `std::optional` members may be absent or null and are left out when empty;
/// all other members keep their default when absent. Times are ISO-8601 texts. Enumerators are written by their names.
namespace slipway::json {

/// Members of a document that the struct does not know, in their order.
struct Extra {
    object members;
    bool operator==(const Extra&) const = default;
};

/// Specialise to give a member another JSON name than its camelCase form (`model_mlcs` → `modelMLCs`).
template <typename T>
struct MemberNames {
    static constexpr std::string_view of(std::string_view /*member*/) { return {}; }
};

/// snake_case → camelCase.
std::string camel_case(std::string_view snake);

/// At most this many faults are reported of one document.
inline constexpr std::size_t kMaxFaults = 20;

/// Collects what is wrong in a document while it is decoded.
class Faults {
public:
    void add(std::string pointer, std::string expected, std::string got);
    bool empty() const { return faults_.empty(); }
    std::vector<Fault> take() { return std::move(faults_); }

private:
    std::vector<Fault> faults_;
};

/// At most `bytes` bytes of the front of `text`, never a part of a UTF-8 character.
std::string_view utf8_front(std::string_view text, std::size_t bytes);

/// What `v` is, in a few words: `text "abc"`, `number 7`, `an object`. Long texts are cut.
std::string describe_value(const value& v);

void decode_into(const value& v, bool& out, const std::string& at, Faults& faults);
void decode_into(const value& v, std::int64_t& out, const std::string& at, Faults& faults);
void decode_into(const value& v, int& out, const std::string& at, Faults& faults);
void decode_into(const value& v, double& out, const std::string& at, Faults& faults);
void decode_into(const value& v, std::string& out, const std::string& at, Faults& faults);
void decode_into(const value& v, Timestamp& out, const std::string& at, Faults& faults);
void decode_into(const value& v, object& out, const std::string& at, Faults& faults);
void decode_into(const value& v, array& out, const std::string& at, Faults& faults);
inline void decode_into(const value& v, value& out, const std::string& /*at*/, Faults& /*faults*/) {
    out = v;
}

template <typename T>
concept DescribedEnum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;
template <typename T>
concept DescribedStruct = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

/// Name of an enumerator, or empty.
template <DescribedEnum E>
std::string_view enum_name(E e) {
    std::string_view name;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
        if (d.value == e) {
            name = d.name;
        }
    });
    return name;
}

/// Enumerator of that name.
template <DescribedEnum E>
std::optional<E> enum_value(std::string_view name) {
    std::optional<E> found;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
        if (name == d.name) {
            found = d.value;
        }
    });
    return found;
}

template <DescribedEnum E>
void decode_into(const value& v, E& out, const std::string& at, Faults& faults) {
    if (v.is_string()) {
        if (const auto found = enum_value<E>(v.get_string())) {
            out = *found;
            return;
        }
    }
    std::string names;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) { names += (names.empty() ? "" : ", ") + std::string{d.name}; });
    faults.add(at, "one of " + names, describe_value(v));
}

template <DescribedStruct T>
void decode_into(const value& v, T& out, const std::string& at, Faults& faults);

template <typename T>
void decode_into(const value& v, std::optional<T>& out, const std::string& at, Faults& faults) {
    if (v.is_null()) {
        out.reset();
        return;
    }
    decode_into(v, out.emplace(), at, faults);
}

template <typename T>
void decode_into(const value& v, std::vector<T>& out, const std::string& at, Faults& faults) {
    if (!v.is_array()) {
        faults.add(at, "an array", describe_value(v));
        return;
    }
    out.clear();
    out.reserve(v.get_array().size());
    for (std::size_t i = 0; i < v.get_array().size(); ++i) {
        decode_into(v.get_array()[i], out.emplace_back(), at + "/" + std::to_string(i), faults);
    }
}

template <typename T>
void decode_into(const value& v, std::map<std::string, T>& out, const std::string& at, Faults& faults) {
    if (!v.is_object()) {
        faults.add(at, "an object", describe_value(v));
        return;
    }
    out.clear();
    for (const auto& [key, item] : v.get_object()) {
        decode_into(item, out[std::string{key}], at + "/" + pointer_token(key), faults);
    }
}

/// JSON name of a described member.
template <typename T>
std::string member_name(std::string_view member) {
    const auto special = MemberNames<T>::of(member);
    return special.empty() ? camel_case(member) : std::string{special};
}

/// JSON names of all described members of T but `extra`, in their order; computed once.
template <DescribedStruct T>
const std::vector<std::string>& member_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> list;
        boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>([&](auto d) { list.push_back(member_name<T>(d.name)); });
        return list;
    }();
    return names;
}

template <DescribedStruct T>
void decode_into(const value& v, T& out, const std::string& at, Faults& faults) {
    if (!v.is_object()) {
        faults.add(at, "an object", describe_value(v));
        return;
    }
    const auto& names = member_names<T>();
    const auto& members = v.get_object();
    Extra* extra = nullptr;
    std::size_t known = 0;
    std::size_t index = 0;
    boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>([&](auto d) {
        auto& member = out.*d.pointer;
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(member)>, Extra>) {
            extra = &member;
        } else if (const auto* found = members.if_contains(names[index])) {
            ++known;
            decode_into(*found, member, at + "/" + names[index], faults);
        }
        ++index;
    });
    if (known == members.size()) {
        return;
    }
    for (const auto& [key, item] : members) {
        if (std::ranges::find(names, std::string_view{key}) != names.end()) {
            continue;
        }
        if (extra != nullptr) {
            extra->members.emplace(key, item);
        } else {
            faults.add(at + "/" + pointer_token(key), "left out: there is no such member", describe_value(item));
        }
    }
}

/// Decodes a whole document.
/// @return `invalid_argument`, reason `INVALID`, with a fault (pointer, expected, got) for each wrong place.
template <typename T>
Result<T> decode(const value& v) {
    T out{};
    Faults faults;
    decode_into(v, out, "", faults);
    if (!faults.empty()) {
        auto list = faults.take();
        std::string message =
            "The document is not valid: " + (list[0].pointer.empty() ? std::string{"it"} : list[0].pointer) + " must be " + list[0].expected + ".";
        return std::unexpected(Error{ErrorCode::invalid_argument, "INVALID", std::move(message), std::move(list), {}});
    }
    return out;
}

inline value encode(bool v) {
    return v;
}
inline value encode(int v) {
    return v;
}
inline value encode(std::int64_t v) {
    return v;
}
inline value encode(double v) {
    return v;
}
inline value encode(const std::string& v) {
    return value(v);
}
inline value encode(Timestamp v) {
    return value(to_iso(v));
}
inline value encode(const object& v) {
    return v;
}
inline value encode(const array& v) {
    return v;
}
inline value encode(const value& v) {
    return v;
}
template <DescribedEnum E>
value encode(E e) {
    return value(enum_name(e));
}
template <DescribedStruct T>
value encode(const T& v);
template <typename T>
value encode(const std::vector<T>& items) {
    array out;
    out.reserve(items.size());
    for (const auto& item : items) {
        out.push_back(encode(item));
    }
    return out;
}
template <typename T>
value encode(const std::map<std::string, T>& items) {
    object out;
    for (const auto& [key, item] : items) {
        out[key] = encode(item);
    }
    return out;
}

template <typename T>
inline constexpr bool is_optional = false;
template <typename T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// The document of `v`: described members in their order, then the unknown ones.
template <DescribedStruct T>
object encode_object(const T& v) {
    object out;
    const auto& names = member_names<T>();
    const Extra* extra = nullptr;
    std::size_t index = 0;
    boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>([&](auto d) {
        const auto& member = v.*d.pointer;
        using Member = std::remove_cvref_t<decltype(member)>;
        if constexpr (std::is_same_v<Member, Extra>) {
            extra = &member;
        } else if constexpr (is_optional<Member>) {
            if (member) {
                out[names[index]] = encode(*member);
            }
        } else {
            out[names[index]] = encode(member);
        }
        ++index;
    });
    if (extra != nullptr) {
        for (const auto& [key, item] : extra->members) {
            out.emplace(key, item);
        }
    }
    return out;
}

template <DescribedStruct T>
value encode(const T& v) {
    return encode_object(v);
}

}  // namespace slipway::json
