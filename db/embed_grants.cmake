# cmake -D OUTPUT=file.cpp -D FILE=db/service_grants.sql -P embed_grants.cmake
# Writes the SQL as a C++ source that defines service_grants(): as numbers, like the migrations (embed.cmake).
file(READ ${FILE} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
file(WRITE ${OUTPUT} "#include \"db/migrations.hpp\"

namespace bursar::db {

namespace {

constexpr char text[] = {${bytes}'\\0'};

} // namespace

const char* service_grants() noexcept { return text; }

} // namespace bursar::db
")
