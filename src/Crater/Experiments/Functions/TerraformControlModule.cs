using static Crater.Experiments.Functions.FunctionParameter;

namespace Crater.Experiments.Functions;

/// <summary>chaosterraform.control: makes what an experiment needs before it, and takes it away after it.</summary>
internal static class TerraformControlModule
{
    public static NativeControlModule Module { get; } = new("chaosterraform.control",
        "Applies a Terraform stack before the experiment, puts its outputs into configuration, and destroys it after the experiment, however that ended.")
    {
        Parameters =
        [
            Optional("silent", "bool", true, "Drops Terraform's output; false shows it on standard error."),
            Optional("retain", "bool", false, "Leaves the stack in place after the experiment."),
            Optional("chdir", "str", null, "Folder of the stack; null means the working directory."),
            Optional("variables", "dict", null, "Variables of the stack: a value, or {name: KEY} for the value of a configuration key."),
            Optional("outputs", "dict", null, "Configuration keys that outputs are stored under, by output; every output is stored as tf_out__<output> as well."),
        ],
        Configuration = ["tf_conf__silent", "tf_conf__retain", "tf_conf__chdir"],
        Needs = "terraform on the PATH",
        Outputs = "outputs",
        OutputPrefix = "tf_out__",
    };
}
