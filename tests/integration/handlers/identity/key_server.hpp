// Somebody else's JWKS: answers every request on a free port of 127.0.0.1 with one text, or with silence while its
// status is 0, on a thread of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace bursar::tests {

class key_server {
public:
    explicit key_server(std::string keys, unsigned status = 200);
    ~key_server();
    key_server(const key_server&) = delete;
    key_server& operator=(const key_server&) = delete;

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/keys"; }
    void serve(std::string keys, unsigned status = 200);
    int asked() const noexcept { return asked_; }

private:
    void run();

    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::mutex guard_;
    std::string keys_;
    unsigned status_;
    std::atomic<int> asked_ = 0;
    std::vector<int> unanswered_;
    std::thread thread_;
};

} // namespace bursar::tests
