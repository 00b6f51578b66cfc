// One connection: reads heads through the gate, asks the application, writes the answers in order. A connection owns
// its socket and itself (its coroutine holds it) and ends by the client's close, a refusal, a deadline or the drain.
// The stream is a plain socket or TLS over one; each is compiled in one source.
#pragma once

#include "server/http/connections.hpp"
#include "server/http/gate.hpp"
#include "server/http/response.hpp"

#include <optional>
#include <span>

namespace bursar::server::http {

template <class Stream>
class connection final : public swept_connection,
                         public std::enable_shared_from_this<connection<Stream>>,
                         private body_source,
                         private body_writer {
public:
    // turn_away: answers 503 and closes, for a connection beyond the cap.
    connection(Stream stream, std::shared_ptr<connections> shared, asio::ip::address peer, bool turn_away);
    ~connection();

    static awaitable<> run(std::shared_ptr<connection> self);

    void expire() noexcept override;
    void abort() noexcept override;

private:
    enum class wait { none, input, critical }; // critical: a deadline passed ends the connection at once
    enum class body_state { none, unread, partly, done };

    awaitable<bool> handshake();
    bool answer_plain_client();
    awaitable<> converse();
    awaitable<> serve();
    awaitable<> send_stream(const response& answer);
    awaitable<> linger();

    awaitable<bool> fill();
    void begin_wait();
    void end_wait(std::size_t received);
    bool make_room();
    std::span<char> spare_room();
    awaitable<std::size_t> receive(char* into, std::size_t room);
    bool write_now();
    bool took(std::size_t bytes) noexcept;
    awaitable<> write_rest();
    void flush_soon();

    awaitable<result<std::string>> read(std::size_t limit) override;
    awaitable<result<>> write(std::string_view piece) override;
    awaitable<result<std::string>> read_sized();
    awaitable<result<std::string>> read_chunked(std::size_t limit);
    awaitable<bool> more_chunks();
    awaitable<> drop_body();
    error body_failure();
    bool body_buffered() const noexcept;
    bool skip_buffered_body();
    bool body_can_be_dropped() const noexcept;

    head_scanner::outcome next_head();
    std::optional<refusal> begin_request();
    void end_request();
    void refuse(const refusal& reason, std::string_view head, bool to_head = false);
    std::string_view part_of_head() const noexcept;
    std::string_view judged_head() const noexcept;
    bool asks_by_head() const noexcept;
    bool secure() const noexcept;
    void answer_failure(const std::exception_ptr& failure);
    void settle(const response& answer);
    void append(const response& answer);
    bool leaves_out_body(const response& answer) const noexcept;

    void arm(std::chrono::milliseconds after, wait kind) noexcept;
    void disarm() noexcept;
    void reset() noexcept;
    tcp_socket& socket() noexcept;

    Stream stream_;
    std::shared_ptr<connections> shared_;
    asio::ip::address peer_;
    input_buffer input_;
    std::unique_ptr<char[]> retired_; // the block of the head at hand, when the body has moved on to another
    std::size_t head_end_ = 0;        // in input_: bytes before it belong to the head at hand
    std::string output_;
    std::size_t sent_ = 0;               // of output_
    std::size_t taken_ = 0;              // of the answer at hand, since the client's time began
    std::chrono::milliseconds waited_{}; // of that time
    head_scanner scanner_;
    request_head head_;
    fields fields_;
    request request_;
    request_context* context_ = nullptr;
    chunk_decoder chunks_;
    std::uint64_t body_left_ = 0; // of a Content-Length
    body_state body_ = body_state::none;
    wait wait_ = wait::none;
    bool turn_away_;
    bool fresh_ = true;          // no byte has come yet
    bool keep_ = true;           // the connection goes on after the request at hand
    bool in_step_ = true;        // every byte received so far has been understood: little more will come before a close
    bool gone_ = false;          // nothing can be written any more
    bool expired_ = false;       // the sweep ended the wait
    bool owes_continue_ = false; // the client waits for 100
    bool writing_ = false;       // write_rest has output_
    bool flush_posted_ = false;
    bool plain_client_ = false; // that spoke to a TLS listener
    bool chunked_answer_ = false;
};

} // namespace bursar::server::http
