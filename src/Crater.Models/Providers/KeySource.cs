using Crater.Diagnostics;

namespace Crater.Models.Providers;

/// <summary>Where the key of a provider comes from: a variable, or a file that only its owner can read.</summary>
internal static class KeySource
{
    private const int KeyLengthMax = 4_096;

    /// <param name="isElsewhere">The provider's own address has been replaced.</param>
    /// <exception cref="CraterException">CRT7302: the key that was named is not there. CRT7303: its file lies open.</exception>
    public static ApiKey Find(IReadOnlyList<string> variables, Provider provider, bool isElsewhere, ModelQuestion question)
    {
        if (question.Stack is { KeyVariable.Length: > 0 } stack)
        {
            return Key(question.Variable(stack.KeyVariable) ?? throw new CraterException("CRT7302", $"models.key_env in stack.yaml names {stack.KeyVariable}, which is not set."), stack.KeyVariable);
        }

        if (question.Variable("CRATER_MODEL_KEY") is { } own)
        {
            return Key(own, "CRATER_MODEL_KEY");
        }

        var path = question.Variable("CRATER_MODEL_KEY_FILE") ?? (question.Stack is { KeyFile.Length: > 0 } file ? file.KeyFile : "");
        if (path.Length > 0)
        {
            return OfFile(Path.GetFullPath(path, question.WorkingDirectory), mustExist: true);
        }

        // A provider's key goes to that provider. Who has another address in mind says which key belongs there.
        if (isElsewhere)
        {
            return ApiKey.None;
        }

        foreach (var variable in variables)
        {
            if (question.Variable(variable) is { } value)
            {
                return Key(value, variable);
            }
        }

        // AutoChaos keeps OpenAI's key in a file.
        return provider.Name == "openai"
            ? OfFile(Path.GetFullPath(question.Variable("KEYFILE") ?? "openai_key.txt", question.WorkingDirectory), mustExist: question.Variable("KEYFILE") is not null)
            : ApiKey.None;
    }

    private static ApiKey OfFile(string path, bool mustExist)
    {
        if (!File.Exists(path))
        {
            return mustExist ? throw new CraterException("CRT7302", $"The key file {path} is not there.") : ApiKey.None;
        }

        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)) != 0)
        {
            throw new CraterException("CRT7303", $"The key file {path} can be read by others than its owner. Close it with chmod 600, and change the key if others use this machine.");
        }

        return Key(File.ReadAllText(path).Trim(), path);
    }

    private static ApiKey Key(string value, string from) =>
        value.Length is > 0 and <= KeyLengthMax && value.All(c => c is > ' ' and < '\u007f')
            ? new ApiKey(value)
            : throw new CraterException("CRT7302", $"What {from} holds is no key: a key is one word of printable characters.");
}
