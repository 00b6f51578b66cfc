// A small blocking HTTP client for tests: raw bytes in and out, with time-outs, and a reader of answers that is
// strict about framing. A time-out or a broken answer throws std::runtime_error.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bursar::tests {

struct http_answer {
    unsigned status = 0;
    std::string head;     // status line and fields, as received
    std::string body;     // chunks joined
    bool complete = true; // false: the connection ended inside the body

    // The first field of that name (without case).
    std::optional<std::string> header(std::string_view name) const;
};

class http_client {
public:
    static constexpr std::chrono::milliseconds patience{20'000};

    // Connects. Throws std::system_error when nobody listens.
    explicit http_client(std::uint16_t port, const std::string& address = "127.0.0.1");
    http_client(http_client&& other) noexcept;
    http_client& operator=(http_client&& other) noexcept;
    ~http_client();

    int descriptor() const noexcept { return socket_; }

    void send(std::string_view bytes);
    // False when the other side refuses more (closed, reset) or the time is up.
    bool try_send(std::string_view bytes, std::chrono::milliseconds within = patience);
    void half_close();
    // Ends the connection by a reset.
    void reset();
    // A small window, so that a server that writes much has to wait.
    void shrink_receive_buffer();

    // The next answer on the connection (to HEAD: without a body). 1xx answers are answers of their own.
    http_answer receive(bool to_head = false);
    // nullopt when the connection ended cleanly before another answer began.
    std::optional<http_answer> try_receive(bool to_head = false);

    // The same for a chunked body too long to keep: each chunk goes to `take`, and none into the answer.
    http_answer receive_in_pieces(const std::function<void(std::string_view)>& take);

    bool readable(std::chrono::milliseconds within);
    // Reads and drops at least so many bytes.
    void read_some(std::size_t bytes);

    // True when the other side ends the connection (by an end or a reset) without sending anything more.
    bool closed(std::chrono::milliseconds within = patience);

    // Reads and drops what comes, until the connection ends or nothing has come for that long (`first`: before
    // anything).
    void read_until_silent(std::chrono::milliseconds first, std::chrono::milliseconds silence);

    // One request on this connection: "Host" and, for a body, "Content-Length" are added.
    http_answer request(
        std::string_view method, std::string_view target,
        const std::vector<std::pair<std::string, std::string>>& headers = {}, std::string_view body = {});

private:
    bool fill(); // false: ended
    std::optional<http_answer> receive_head();
    void read_chunks(http_answer& answer, const std::function<void(std::string_view)>& take);
    bool need(std::size_t bytes);
    std::optional<std::size_t> need_line(std::size_t from);

    int socket_ = -1;
    std::string received_;
};

// One request on a connection of its own.
http_answer http_get(std::uint16_t port, std::string_view target);

} // namespace bursar::tests
