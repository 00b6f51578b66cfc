# cmake -D OUTPUT=file.cpp -D FOLDER=db/migrations -D "FILES=0001_a.sql;0002_b.sql" -P embed.cmake
# Writes the migrations as a C++ source that defines embedded_migrations(). The text goes in as numbers: a string
# literal has a length limit, and SQL may hold any delimiter.
set(arrays "")
set(entries "")
set(count 0)
set(last 0)
foreach(file ${FILES})
  if(NOT file MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)\\.sql$")
    message(FATAL_ERROR "${file} is not named 0001_what.sql")
  endif()
  math(EXPR count "${count} + 1")
  math(EXPR number "1${CMAKE_MATCH_1} - 10000")
  if(NOT number GREATER last)
    message(FATAL_ERROR "${file} stands behind a later one")
  endif()
  set(last ${number})
  string(REGEX REPLACE "\\.sql$" "" name ${file})
  file(READ ${FOLDER}/${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
  string(APPEND arrays "constexpr char text_${count}[] = {${bytes}'\\0'};\n")
  string(APPEND entries "    migration{${number}, \"${name}\", {text_${count}, sizeof text_${count} - 1}},\n")
endforeach()
file(WRITE ${OUTPUT}.new "#include \"db/migrations.hpp\"

#include <array>

namespace bursar::db {

namespace {

${arrays}
constexpr std::array<migration, ${count}> all{{
${entries}}};

} // namespace

std::span<const migration> embedded_migrations() noexcept { return all; }

} // namespace bursar::db
")
file(COPY_FILE ${OUTPUT}.new ${OUTPUT} ONLY_IF_DIFFERENT)
