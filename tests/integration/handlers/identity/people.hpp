// People who sign in, over one deployment for all cases of the process: sign-up is on, and the signing keys are in a
// file that the test knows.
#pragma once

#include "tests/integration/handlers/desk.hpp"
#include "tests/support/signing_key_file.hpp"

namespace bursar::tests {

deployment& open_house();

// What open_house() signs with.
const signing_key_file& signing_keys();

// Everything that a sign-in hands out.
struct signed_in {
    std::string email;
    std::string password;
    std::string access_token;
    std::string refresh_token;
    std::string session;
    std::string user;
    std::string org;
    std::string role;

    caller speaks() const { return {access_token, open_house().port()}; }
};

std::string fresh_email();
inline const std::string good_password = "correct horse battery staple";

// Without a credential.
reply post_bare(std::string_view path, std::string_view body);

signed_in read_tokens(const reply& answer, std::string email, std::string password = good_password);

// A new organization and its owner.
signed_in sign_up();
reply sign_in(const std::string& email, const std::string& password);
reply refresh(const std::string& token);

// The token of an invitation by `by`, and what comes of accepting it.
std::string invite(caller& by, const std::string& email, const std::string& role);
reply accept(const std::string& token, const std::string& password = good_password);

// Somebody new whom `by` invites to join.
signed_in join(caller& by, const std::string& role);
// Somebody who has signed up, in the organization of `by` too.
signed_in join_too(caller& by, const signed_in& who, const std::string& role);

} // namespace bursar::tests
