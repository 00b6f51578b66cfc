#include "tests/support/proxy.hpp"

#include "tests/support/http_client.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace bursar::tests {

namespace {

void wait_until_it_listens(std::uint16_t port, process& program) {
    for (;;) {
        try {
            const http_client probe{port};
            return;
        } catch (const std::system_error&) {
            if (program.wait_exit(std::chrono::milliseconds{20}))
                throw std::runtime_error("the proxy did not start:\n" + program.log());
        }
    }
}

// Lines "forwarded <target> <by whom>"; "-" or <NOSRV> stands for nobody.
std::vector<std::string> forwarded_in(const std::string& log) {
    std::vector<std::string> targets;
    std::istringstream lines{log};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words{line};
        std::string tag;
        std::string target;
        std::string by;
        if (words >> tag >> target >> by && tag == "forwarded" && by != "-" && by != "<NOSRV>")
            targets.push_back(target);
    }
    return targets;
}

} // namespace

const char* to_string(proxy_kind kind) {
    switch (kind) {
    case proxy_kind::nginx_buffering: return "nginx, buffering";
    case proxy_kind::nginx_streaming: return "nginx, streaming";
    case proxy_kind::haproxy: return "haproxy";
    case proxy_kind::haproxy_lenient: return "haproxy, lenient";
    }
    return "";
}

proxy::proxy(proxy_kind kind, std::uint16_t behind)
    : port_(free_port()) {
    const bool nginx = kind == proxy_kind::nginx_buffering || kind == proxy_kind::nginx_streaming;
    program_ = std::make_unique<process>(
        nginx ? configure_nginx(kind == proxy_kind::nginx_buffering, behind)
              : configure_haproxy(kind == proxy_kind::haproxy_lenient, behind));
    wait_until_it_listens(port_, *program_);
}

launch proxy::configure_nginx(bool buffering, std::uint16_t behind) {
    const auto folder = folder_.string();
    std::ofstream out{folder_ / "nginx.conf"};
    out << "daemon off;\nmaster_process off;\nworker_processes 1;\npid " << folder << "/pid;\nerror_log stderr crit;\n"
        << "events { worker_connections 512; }\nhttp {\n"
        << "  log_format seen 'forwarded $request_uri $upstream_addr';\n  access_log " << folder
        << "/access.log seen;\n";
    for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
        out << "  " << kind << "_temp_path " << folder << "/" << kind << ";\n";
    out << "  upstream service { server 127.0.0.1:" << behind << "; keepalive 8; }\n"
        << "  server {\n    listen 127.0.0.1:" << port_ << ";\n    ignore_invalid_headers off;\n"
        << "    underscores_in_headers on;\n    location / {\n"
        << "      proxy_pass http://service;\n      proxy_http_version 1.1;\n      proxy_set_header Connection \"\";\n"
        << "      proxy_set_header Host $http_host;\n      proxy_next_upstream off;\n      proxy_request_buffering "
        << (buffering ? "on" : "off") << ";\n    }\n  }\n}\n";
    // "-e": the log before the configuration is read; the built-in one needs privileges.
    return {"/usr/sbin/nginx", {"-e", "stderr", "-p", folder, "-c", folder + "/nginx.conf"}, {}, {}};
}

launch proxy::configure_haproxy(bool lenient, std::uint16_t behind) {
    std::ofstream out{folder_ / "haproxy.cfg"};
    out << "global\n  maxconn 512\n  log stdout len 65000 format raw local0\n  tune.bufsize 65536\n"
        << "defaults\n  mode http\n  log global\n  timeout connect 5s\n  timeout client 20s\n  timeout server 20s\n"
        << "  timeout http-request 20s\n  retries 0\n  option http-keep-alive\n  http-reuse always\n"
        << "  log-format \"forwarded %HU %s\"\n"
        << "frontend door\n  bind 127.0.0.1:" << port_ << "\n  default_backend service\n"
        << (lenient ? "  option accept-invalid-http-request\n" : "")
        << "backend service\n  server service 127.0.0.1:" << behind << "\n";
    return {"/usr/sbin/haproxy", {"-db", "-f", (folder_ / "haproxy.cfg").string()}, {}, {}};
}

std::vector<std::string> proxy::stop_and_list_forwarded() {
    program_->signal(SIGQUIT);
    program_->signal(SIGUSR1);
    if (!program_->wait_exit())
        throw std::runtime_error("the proxy did not end");
    std::ifstream file{folder_ / "access.log"};
    std::ostringstream text;
    text << file.rdbuf();
    return forwarded_in(text.str() + program_->log());
}

} // namespace bursar::tests
