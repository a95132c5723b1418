using System.Runtime.CompilerServices;
using Crater.Experiments;
using Crater.Experiments.Functions;
using Crater.Kubernetes.Toolkit;
using Crater.Runs.Activities.Functions;
using Xunit;

namespace Crater.Tests.Experiments;

public sealed class PythonFunctionTests
{
    [Fact]
    public void Every_function_of_the_table_can_be_carried_out_and_nothing_else_can() =>
        Assert.Equal(PythonFunctions.Native.Order(StringComparer.Ordinal), NativeFunctions.All.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Every_function_about_Kubernetes_can_be_carried_out_and_nothing_else_can() => Assert.Equal(
        KubernetesFunctions.All.Select(function => function.FullName).Order(StringComparer.Ordinal), KubernetesModule.Calls.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Every_function_stands_in_the_table_once() =>
        Assert.Equal(PythonFunctions.Native.Distinct(), PythonFunctions.Native);

    [Fact]
    public void A_required_parameter_never_follows_one_that_may_be_left_out() => Assert.All(PythonFunctions.All, function =>
        Assert.DoesNotContain(function.Parameters.SkipWhile(parameter => parameter.IsRequired), parameter => parameter.IsRequired));

    [Fact]
    public void A_signature_has_what_the_engine_gives_beside_the_arguments()
    {
        var signature = PythonFunctions.Signature("os", "mkdir")!;
        Assert.Equal([("path", true), ("mode", false)], signature.Parameters.Select(parameter => (parameter.Name, parameter.IsRequired)));
        Assert.Null(PythonFunctions.Signature("os", "no_such_function"));
        Assert.False(PythonFunctions.IsNative("os", "system"));
    }

    [Fact]
    public void The_page_of_functions_is_what_the_table_says()
    {
        var page = Page();
        var text = PythonFunctionText.Markdown(PythonFunctions.All.Concat(KubernetesFunctions.All), PythonFunctions.Controls);
        if (Environment.GetEnvironmentVariable("CRATER_WRITE_DOCS") == "1")
        {
            File.WriteAllText(page, text);
        }

        Assert.Equal(text, File.ReadAllText(page));
    }

    private static string Page([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "../../../docs/python-functions.md"));
}
