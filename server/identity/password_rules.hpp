// What a new password must not be, however long it is: a word of a dictionary or one with a little round it, a few
// characters over and over, a walk over the keyboard or the alphabet, or what everybody knows of its owner [NIST SP
// 800-63B section 5.1.1.2]. libpwquality and cracklib's dictionary decide; what a password is made of is not asked.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace bursar::server {

// Completes "must not …"; nullopt: it is as good as another. `about`: what is known of its owner, such as the address.
// Reads files: not for a loop. From any thread; one at a time, because cracklib knows no other way. Throws
// std::runtime_error when there is no dictionary.
std::optional<std::string> password_objection(const std::string& password, const std::vector<std::string>& about);

} // namespace bursar::server
