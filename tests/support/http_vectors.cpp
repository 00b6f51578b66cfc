#include "tests/support/http_vectors.hpp"

#include <string_view>

namespace bursar::tests {

namespace {

using namespace std::string_literals;

// What an attacker wants served behind the request that is seen.
const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

http_vector head(const char* name, const std::string& bytes, unsigned status = 400) {
    return {name, bytes, {status}};
}

// A GET with these lines after the Host.
http_vector lines(const char* name, const std::string& fields, unsigned status = 400) {
    return head(name, "GET /ignore HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + smuggled, status);
}

http_vector post(const char* name, const std::string& fields, const std::string& body, unsigned status = 400) {
    return head(name, "POST /echo HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body, status);
}

http_vector chunks(const char* name, const std::string& body) {
    return post(name, "Transfer-Encoding: chunked\r\n", body + smuggled);
}

std::string many_fields(std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i)
        out += "X-" + std::to_string(i) + ": y\r\n";
    return out;
}

std::vector<http_vector> request_lines() {
    const std::string host = "Host: a\r\n\r\n";
    return {
        head("bare LF after the request line", "GET /ignore HTTP/1.1\nHost: a\r\n\r\n" + smuggled),
        head("bare LF throughout", "GET /ignore HTTP/1.1\nHost: a\n\n" + smuggled),
        head("bare CR in the request line", "GET /ignore\r HTTP/1.1\r\n" + host),
        head("CR CR LF", "GET /ignore HTTP/1.1\r\r\n" + host),
        head("two spaces before the target", "GET  /ignore HTTP/1.1\r\n" + host),
        head("two spaces before the version", "GET /ignore  HTTP/1.1\r\n" + host),
        head("space after the version", "GET /ignore HTTP/1.1 \r\n" + host),
        head("tab between method and target", "GET\t/ignore HTTP/1.1\r\n" + host),
        head("space before the method", " GET /ignore HTTP/1.1\r\n" + host),
        head("method that is no token", "G@T /ignore HTTP/1.1\r\n" + host),
        head("two empty lines before the request", "\r\n\r\nGET /ignore HTTP/1.1\r\n" + host),
        head("bare LF before the request", "\nGET /ignore HTTP/1.1\r\n" + host),
        head("TLS on a plain port", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s),
        head("NUL before the request", "\0GET /ignore HTTP/1.1\r\n"s + host),
        head("HTTP/0.9", "GET /ignore\r\n" + host),
        head("HTTP/2.0", "GET /ignore HTTP/2.0\r\n" + host, 505),
        head("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        head("lower-case version", "GET /ignore http/1.1\r\n" + host),
        head("version with two digits", "GET /ignore HTTP/1.10\r\n" + host),
        head("version with a plus", "GET /ignore HTTP/+1.1\r\n" + host),
        head("HTTP/0.9 with a version", "GET /ignore HTTP/0.9\r\n" + host, 505),
        head("absolute form of another host", "GET http://b/ignore HTTP/1.1\r\n" + host),
        head("absolute form of another port", "GET http://a:8080/ignore HTTP/1.1\r\n" + host),
        head("absolute form of another scheme", "GET ftp://a/ignore HTTP/1.1\r\n" + host),
        head("absolute form with user information", "GET http://u@a/ignore HTTP/1.1\r\n" + host),
        head("absolute form without a host", "GET http:///ignore HTTP/1.1\r\n" + host),
        head("absolute form without Host", "GET http://a/ignore HTTP/1.1\r\n\r\n"),
        head("authority form", "GET a:80 HTTP/1.1\r\n" + host),
        head("asterisk form without OPTIONS", "GET * HTTP/1.1\r\n" + host),
        head("asterisk and more", "OPTIONS *x HTTP/1.1\r\n" + host),
        head("target without a slash", "GET ignore HTTP/1.1\r\n" + host),
        head("fragment in the target", "GET /ignore#x HTTP/1.1\r\n" + host),
        head("non-ASCII target", "GET /ignor\xc3\xa9 HTTP/1.1\r\n" + host),
        head("control character in the target", "GET /ig\x01nore HTTP/1.1\r\n" + host),
        head("NUL in the target", "GET /ig\0nore HTTP/1.1\r\n"s + host),
        head("CONNECT", "CONNECT a:443 HTTP/1.1\r\n" + host, 501),
        head("method too long", "A23456789-123456789-123456789-123 /ignore HTTP/1.1\r\n" + host, 501),
        head("method without end", std::string(20000, 'A'), 501),
        head("target too long", "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n" + host, 414),
        head("request line without end", "GET /" + std::string(20000, 'a'), 414),
    };
}

std::vector<http_vector> fields() {
    return {
        head("no Host", "GET /ignore HTTP/1.1\r\nAccept: */*\r\n\r\n"),
        lines("two Hosts", "Host: b\r\n"),
        lines("the same Host twice", "host: a\r\n"),
        head("empty Host", "GET /ignore HTTP/1.1\r\nHost:\r\n\r\n"),
        head("Host with a path", "GET /ignore HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        head("Host with user information", "GET /ignore HTTP/1.1\r\nHost: u@a\r\n\r\n"),
        head("list in Host", "GET /ignore HTTP/1.1\r\nHost: a, b\r\n\r\n"),
        head("Host with a broken escape", "GET /ignore HTTP/1.1\r\nHost: a%2\r\n\r\n"),
        head("Host with a character of no name", "GET /ignore HTTP/1.1\r\nHost: a<b\r\n\r\n"),
        head("space in Host", "GET /ignore HTTP/1.1\r\nHost: a b\r\n\r\n"),
        head("Host with a broken port", "GET /ignore HTTP/1.1\r\nHost: a:8x\r\n\r\n"),
        head("Host with a port beyond all", "GET /ignore HTTP/1.1\r\nHost: a:65536\r\n\r\n"),
        head("Host with nothing but a port", "GET /ignore HTTP/1.1\r\nHost: :80\r\n\r\n"),
        head("Host with an open bracket", "GET /ignore HTTP/1.1\r\nHost: [::1\r\n\r\n"),
        head("Host with brackets around no address", "GET /ignore HTTP/1.1\r\nHost: [1:2:3]\r\n\r\n"),
        head("Host with brackets around a name", "GET /ignore HTTP/1.1\r\nHost: [a.b]\r\n\r\n"),
        head("Host with something behind the bracket", "GET /ignore HTTP/1.1\r\nHost: [::1]a\r\n\r\n"),
        head("Host with a zone", "GET /ignore HTTP/1.1\r\nHost: [fe80::1%25lo]\r\n\r\n"),
        head("two Hosts in HTTP/1.0", "GET /ignore HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
        head("folded first field", "GET /ignore HTTP/1.1\r\n Host: a\r\n\r\n"),
        lines("folded field", "X-A: b\r\n c\r\n"),
        lines("folded Transfer-Encoding", "Transfer-Encoding:\r\n chunked\r\n"),
        lines("space before the colon", "X-A : b\r\n"),
        lines("tab before the colon", "X-A\t: b\r\n"),
        lines("no colon", "X-A\r\n"),
        lines("no name", ": b\r\n"),
        lines("space in a name", "X A: b\r\n"),
        lines("NUL in a name", "X\0A: b\r\n"s),
        lines("non-ASCII name", "X-\xc3\xa9: b\r\n"),
        lines("NUL in a value", "X-A: b\0c\r\n"s),
        lines("bare CR in a value", "X-A: b\rc\r\n"),
        lines("bare CR before a hidden field", "X-A: b\rTransfer-Encoding: chunked\r\n"),
        lines("control character in a value", "X-A: b\x01\r\n"),
        lines("DEL in a value", "X-A: b\x7f\r\n"),
        lines("bare LF after a field", "X-A: b\nX-B: c\r\n"),
        lines("too many fields", many_fields(101), 431),
        lines("field too large", "X-A: " + std::string(17000, 'b') + "\r\n", 431),
        head("fields without end", "GET /ignore HTTP/1.1\r\nHost: a\r\nX: " + std::string(17000, 'a'), 431),
        lines("two Content-Types", "Content-Type: a/b\r\nContent-Type: c/d\r\n"),
        lines("two Authorizations", "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"),
        lines("two Idempotency-Keys", "Idempotency-Key: a\r\nidempotency-key: b\r\n"),
        lines("two X-Idempotency-Keys", "X-Idempotency-Key: a\r\nX-Idempotency-Key: b\r\n"),
        lines("two Origins", "Origin: http://a\r\nOrigin: http://b\r\n"),
        lines("another expectation", "Expect: 200-ok\r\n", 417),
        lines("two expectations", "Expect: 100-continue\r\nExpect: 100-continue\r\n"),
    };
}

std::vector<http_vector> lengths() {
    const std::string chunked = "Transfer-Encoding: chunked\r\n";
    const std::string body = "0\r\n\r\n" + smuggled;
    return {
        post("CL.TE", "Content-Length: 5\r\n" + chunked, body),
        post("TE.CL", chunked + "Content-Length: 4\r\n", "5c\r\n" + smuggled + "0\r\n\r\n"),
        post("CL 0 and TE", "Content-Length: 0\r\n" + chunked, body),
        post("two lengths that differ", "Content-Length: 5\r\nContent-Length: 0\r\n", "abcde"),
        post("two lengths that agree", "Content-Length: 5\r\nContent-Length: 5\r\n", "abcde"),
        post("list of lengths", "Content-Length: 5, 5\r\n", "abcde"),
        post("signed length", "Content-Length: +5\r\n", "abcde"),
        post("negative length", "Content-Length: -5\r\n", "abcde"),
        post("hexadecimal length", "Content-Length: 0x5\r\n", "abcde"),
        post("length with a space inside", "Content-Length: 1 0\r\n", "abcde"),
        post("length with a letter", "Content-Length: 5a\r\n", "abcde"),
        post("empty length", "Content-Length:\r\n", "abcde"),
        post("decimal length", "Content-Length: 5.0\r\n", "abcde"),
        post("length that overflows", "Content-Length: 18446744073709551621\r\n", "abcde"),
        post("length of 19 digits", "Content-Length: 9999999999999999999\r\n", "abcde"),
        post("TE twice", chunked + chunked, body),
        post("TE.TE with an unknown coding first", "Transfer-Encoding: x\r\n" + chunked, body),
        post("TE.TE with an unknown coding last", chunked + "Transfer-Encoding: identity\r\n", body),
        post("chunked twice in a list", "Transfer-Encoding: chunked, chunked\r\n", body),
        post("chunked not last", "Transfer-Encoding: chunked, gzip\r\n", body),
        post("gzip, chunked", "Transfer-Encoding: gzip, chunked\r\n", body, 501),
        post("identity", "Transfer-Encoding: identity\r\n", body, 501),
        post("xchunked", "Transfer-Encoding: xchunked\r\n", body, 501),
        post("chunked with a parameter", "Transfer-Encoding: chunked;q=1\r\n", body),
        post("quoted chunked", "Transfer-Encoding: \"chunked\"\r\n", body),
        post("empty coding", "Transfer-Encoding:\r\n", body),
        post("chunked and an empty element", "Transfer-Encoding: ,chunked\r\n", body),
        post(
            "vertical tab before chunked",
            "Transfer-Encoding: \x0b"
            "chunked\r\n",
            body),
        post("space before the colon of TE", "Transfer-Encoding : chunked\r\n", body),
        post("bare CR behind chunked", "Transfer-Encoding: chunked\r \r\n", body),
        post("NUL behind chunked", "Transfer-Encoding: chunked\0\r\n"s, body),
        head("chunked in HTTP/1.0", "POST /echo HTTP/1.0\r\nHost: a\r\n" + chunked + "\r\n" + body),
        head(
            "chunked in HTTP/1.0, kept alive",
            "POST /echo HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n" + chunked + "\r\n" + body),
    };
}

std::vector<http_vector> join(std::initializer_list<std::vector<http_vector>> parts) {
    std::vector<http_vector> all;
    for (const auto& part : parts)
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

} // namespace

const std::vector<http_vector>& refused_heads() {
    static const auto all = join({request_lines(), fields(), lengths()});
    return all;
}

const std::vector<http_vector>& refused_bodies() {
    static const std::vector<http_vector> all{
        chunks("chunk size missing", "\r\nabc\r\n0\r\n\r\n"),
        chunks("chunk size no number", "xyz\r\nabc\r\n0\r\n\r\n"),
        chunks("chunk size with 0x", "0x3\r\nabc\r\n0\r\n\r\n"),
        chunks("negative chunk size", "-3\r\nabc\r\n0\r\n\r\n"),
        chunks("signed chunk size", "+3\r\nabc\r\n0\r\n\r\n"),
        chunks("chunk size that overflows", "10000000000000003\r\nabc\r\n0\r\n\r\n"),
        chunks("chunk size of many zeros", "0000000000000003\r\nabc\r\n0\r\n\r\n"),
        chunks("space before a chunk size", " 3\r\nabc\r\n0\r\n\r\n"),
        chunks("space after a chunk size", "3 \r\nabc\r\n0\r\n\r\n"),
        chunks("tab after a chunk size", "3\t\r\nabc\r\n0\r\n\r\n"),
        chunks("bare LF after a chunk size", "3\nabc\r\n0\r\n\r\n"),
        chunks("bare CR after a chunk size", "3\rabc\r\n0\r\n\r\n"),
        chunks("bare LF in an extension", "3;a\nabc\r\n0\r\n\r\n"),
        chunks("control character in an extension", "3;\x01\r\nabc\r\n0\r\n\r\n"),
        chunks("extension without a name", "3;\r\nabc\r\n0\r\n\r\n"),
        chunks("extension without a name, but a value", "3;=b\r\nabc\r\n0\r\n\r\n"),
        chunks("extension with no token for a name", "3;a@b\r\nabc\r\n0\r\n\r\n"),
        chunks("extension with an empty value", "3;a=\r\nabc\r\n0\r\n\r\n"),
        chunks("extension with two values", "3;a=b=c\r\nabc\r\n0\r\n\r\n"),
        chunks("extension with a space in its value", "3;a=b c\r\nabc\r\n0\r\n\r\n"),
        chunks("extension with an open quote", "3;a=\"b\r\nabc\r\n0\r\n\r\n"),
        chunks("extension with more behind its quote", "3;a=\"b\"c\r\nabc\r\n0\r\n\r\n"),
        chunks("space behind an extension", "3;a \r\nabc\r\n0\r\n\r\n"),
        chunks("bare LF after chunk data", "3\r\nabc\n0\r\n\r\n"),
        chunks("nothing after chunk data", "3\r\nabc0\r\n\r\n"),
        chunks("more data than the chunk size", "3\r\nabcd\r\n0\r\n\r\n"),
        chunks("bare LF after the last chunk", "3\r\nabc\r\n0\n\r\n"),
        chunks("bare LF at the end", "3\r\nabc\r\n0\r\n\n"),
        chunks("bare CR at the end", "3\r\nabc\r\n0\r\n\rX"),
        chunks("extensions beyond their bound", "3;" + std::string(9000, 'x') + "\r\nabc\r\n0\r\n\r\n"),
        chunks("trailers beyond their bound", "0\r\nT: " + std::string(9000, 'x') + "\r\n\r\n"),
        chunks("folded trailer", "0\r\nT: a\r\n b\r\n\r\n"),
        chunks("trailer with a space before the colon", "0\r\nT : a\r\n\r\n"),
        chunks("trailer with a control character", "0\r\nT: \x01\r\n\r\n"),
        chunks("bare LF in a trailer", "0\r\nT: a\n\r\n"),
    };
    return all;
}

const std::vector<http_vector>& accepted_requests() {
    const std::string host = "Host: a\r\n";
    const std::string get = "GET /ignore HTTP/1.1\r\n" + host;
    const std::string chunked = "POST /echo HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n";
    static const std::vector<http_vector> all{
        {"plain", get + "\r\n", {200}, false},
        {"one empty line before", "\r\n" + get + "\r\n", {200}, false},
        {"empty line behind a body",
         "POST /echo HTTP/1.1\r\n" + host + "Content-Length: 1\r\n\r\nx\r\n" + get + "\r\n",
         {200, 200},
         false},
        {"three pipelined", get + "\r\n" + get + "\r\n" + get + "\r\n", {200, 200, 200}, false},
        {"body, then another",
         "POST /echo HTTP/1.1\r\n" + host + "Content-Length: 3\r\n\r\nabc" + get + "\r\n",
         {200, 200},
         false},
        {"body that looks like a request",
         "POST /echo HTTP/1.1\r\n" + host + "Content-Length: " + std::to_string(smuggled.size()) + "\r\n\r\n" +
             smuggled,
         {200},
         false},
        {"unread body that looks like a request",
         "POST /ignore HTTP/1.1\r\n" + host + "Content-Length: " + std::to_string(smuggled.size()) + "\r\n\r\n" +
             smuggled,
         {200},
         false},
        {"GET with a body",
         "GET /ignore HTTP/1.1\r\n" + host + "Content-Length: 3\r\n\r\nabc" + get + "\r\n",
         {200, 200},
         false},
        {"length with a zero in front",
         "POST /echo HTTP/1.1\r\n" + host + "Content-Length: 03\r\n\r\nabc",
         {200},
         false},
        {"chunked", chunked + "3\r\nabc\r\n0\r\n\r\n" + get + "\r\n", {200, 200}, false},
        {"chunk sizes in upper case and with zeros", chunked + "00A\r\n0123456789\r\n0\r\n\r\n", {200}, false},
        {"extensions", chunked + "3;a=b;c=\"d e\"\r\nabc\r\n0;x\r\n\r\n", {200}, false},
        {"extensions with white space and an escaped quote",
         chunked + "3 ;\ta = b ;c=\"\\\"; d\"\r\nabc\r\n0\r\n\r\n" + get + "\r\n",
         {200, 200},
         false},
        {"trailers",
         chunked + "3\r\nabc\r\n0\r\nTransfer-Encoding: x\r\nContent-Length: 9\r\n\r\n" + get + "\r\n",
         {200, 200},
         false},
        {"Chunked in mixed case",
         "POST /echo HTTP/1.1\r\n" + host + "Transfer-Encoding: cHuNkEd\r\n\r\n0\r\n\r\n",
         {200},
         false},
        {"unread chunked body",
         "POST /ignore HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" + get + "\r\n",
         {200, 200},
         false},
        {"white space around a value", "GET /ignore HTTP/1.1\r\nHost: \t a \t\r\n\r\n", {200}, false},
        {"empty value", get + "X-A:\r\n\r\n", {200}, false},
        {"UTF-8 in a value", get + "X-A: \xc3\xa9\r\n\r\n", {200}, false},
        {"IPv6 Host with a port", "GET /ignore HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", {200}, false},
        {"Host with an empty port", "GET /ignore HTTP/1.1\r\nHost: a:\r\n\r\n", {200}, false},
        {"Host with sub-delims and an escape", "GET /ignore HTTP/1.1\r\nHost: a!b_c%41*\r\n\r\n", {200}, false},
        {"Host with an address of the future", "GET /ignore HTTP/1.1\r\nHost: [v1.a:b]\r\n\r\n", {200}, false},
        {"HTTP/1.2", "GET /ignore HTTP/1.2\r\n" + host + "\r\n", {200}, false},
        {"absolute form", "GET http://a/ignore HTTP/1.1\r\n" + host + "\r\n", {200}, false},
        {"absolute form in other letters and with its port",
         "GET HTTP://A:80/ignore HTTP/1.1\r\n" + host + "\r\n",
         {200},
         false},
        {"absolute form of https", "GET https://a/ignore HTTP/1.1\r\nHost: a:443\r\n\r\n", {200}, false},
        {"unknown method", "BREW /ignore HTTP/1.1\r\n" + host + "\r\n", {200}, false},
        {"OPTIONS *", "OPTIONS * HTTP/1.1\r\n" + host + "\r\n", {404}, false},
        {"query with a question mark", "GET /ignore?a=b?c HTTP/1.1\r\n" + host + "\r\n", {200}, false},
        {"Upgrade is left alone", get + "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", {200}, false},
        {"Connection: close", get + "Connection: close\r\n\r\n" + smuggled, {200}, true},
        {"close in a list", get + "Connection: x, CLOSE\r\n\r\n" + smuggled, {200}, true},
        {"HTTP/1.0", "GET /ignore HTTP/1.0\r\n\r\n" + smuggled, {200}, true},
        {"HTTP/1.0 kept alive", "GET /ignore HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", {200}, false},
        {"hundred fields", "GET /ignore HTTP/1.1\r\n" + host + many_fields(99) + "\r\n", {200}, false},
        {"pipelined before a bad one", get + "\r\n" + get + "X : y\r\n\r\n" + smuggled, {200, 400}, true},
    };
    return all;
}

} // namespace bursar::tests
