# cmake -DOUT=files.cpp -DHEADER=files.hpp -DNAMESPACE=a::b -DFILES=a.html;b.js -P embed.cmake: the files as bytes of a
# C++ source, each under its name with dots as underscores, in the namespace of the header that declares them.
set(source "#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\n\n")
foreach(file ${FILES})
  get_filename_component(name ${file} NAME)
  string(MAKE_C_IDENTIFIER ${name} name)
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes ${bytes})
  string(REGEX REPLACE "('[^']*','[^']*','[^']*','[^']*','[^']*','[^']*','[^']*','[^']*',)" "\\1\n" bytes ${bytes})
  string(APPEND source "constexpr char bytes_of_${name}[] = {\n${bytes}};\n"
                       "const std::string_view ${name}{bytes_of_${name}, sizeof bytes_of_${name}};\n\n")
endforeach()
file(WRITE ${OUT} "${source}} // namespace ${NAMESPACE}\n")
