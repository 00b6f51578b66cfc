// A plug-in of clang-tidy 14 that has it look at our own code only. Otherwise every check is matched against all of
// Asio, Beast and the standard library in each source, to find what is not reported: two thirds of the time.
#include <clang-tidy/ClangTidyCheck.h>
#include <clang-tidy/ClangTidyModule.h>
#include <clang-tidy/ClangTidyModuleRegistry.h>
#include <clang/AST/ASTContext.h>
#include <clang/ASTMatchers/ASTMatchFinder.h>

namespace {

// The whole of a source is the first thing that is matched. What is said then to belong to it is what else will be.
class own_code final : public clang::tidy::ClangTidyCheck {
public:
    using ClangTidyCheck::ClangTidyCheck;

    void registerMatchers(clang::ast_matchers::MatchFinder* finder) override {
        finder->addMatcher(clang::ast_matchers::translationUnitDecl(), this);
    }

    void check(const clang::ast_matchers::MatchFinder::MatchResult& found) override {
        std::vector<clang::Decl*> ours;
        for (auto* const one : found.Context->getTranslationUnitDecl()->decls())
            if (!found.SourceManager->isInSystemHeader(found.SourceManager->getExpansionLoc(one->getLocation())))
                ours.push_back(one);
        found.Context->setTraversalScope(ours);
    }
};

class own_module final : public clang::tidy::ClangTidyModule {
public:
    void addCheckFactories(clang::tidy::ClangTidyCheckFactories& to) override {
        to.registerCheck<own_code>("bursar-own-code");
    }
};

const clang::tidy::ClangTidyModuleRegistry::Add<own_module> added{"bursar-module", "bursar's own"};

} // namespace
