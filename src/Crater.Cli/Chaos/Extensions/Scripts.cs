namespace Crater.Cli.Chaos.Extensions;

/// <summary>The Python that asks an interpreter what it has.</summary>
internal static class Scripts
{
    /// <summary>Installed packages that extend the tool: name, version, licence and summary of each.</summary>
    public const string Extensions = """
        import json
        from importlib import metadata
        found = {}
        for dist in metadata.distributions():
            about = dist.metadata
            name = about["Name"] or ""
            if name.startswith("chaostoolkit-") and name != "chaostoolkit-lib":
                found.setdefault(name, [name, about["Version"], about["License"], about["Summary"] or ""])
        print(json.dumps(list(found.values())))
        """;

    /// <summary>
    /// What a package offers, by its own <c>discover</c> function. Gives <c>{problem}</c> or <c>{discovery}</c>; defaults that are no JSON become text.
    /// </summary>
    public const string Discover = """
        import importlib, json, sys
        from importlib import metadata
        asked = json.load(sys.stdin)
        package = asked["package"]
        def answer(**what):
            print()
            print(json.dumps(what, default=str))
            sys.exit(0)
        try:
            metadata.distribution(package)
        except metadata.PackageNotFoundError:
            answer(problem="Package %s not found" % package, missing=True)
        names = [name for name, dists in metadata.packages_distributions().items() if package in dists]
        if not names:
            answer(problem="Distribution %s exists but no top-level package name could be determined" % package)
        try:
            module = importlib.import_module(names[0])
        except ImportError as error:
            answer(problem="could not load Python module '%s': %s" % (names[0], error))
        discover = getattr(module, "discover", None)
        if not callable(discover):
            answer(problem="package '%s' does not export a `discover` function" % names[0])
        try:
            answer(discovery=discover(discover_system=asked["system"]))
        except SystemExit:
            raise
        except Exception as error:
            answer(problem="%s: %s" % (type(error).__name__, error))
        """;

    /// <summary>Calls a notification's plugin with its channel and the notice.</summary>
    public const string Notify = """
        import importlib, json, sys
        asked = json.load(sys.stdin)
        getattr(importlib.import_module(asked["module"]), asked["func"])(asked["channel"], asked["notice"])
        """;
}
