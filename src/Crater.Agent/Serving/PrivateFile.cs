using Crater.Agent.Host;

namespace Crater.Agent.Serving;

/// <summary>A file that decides who may break this host: a token, a key. It belongs to whom craterd runs as, and nobody else can use it.</summary>
internal static class PrivateFile
{
    /// <summary>What is wrong with it, to stand after its name; null when nothing is.</summary>
    public static string? Complaint(string path) => FileState.Of(FileState.Real(Path.GetFullPath(path), followLast: true)) switch
    {
        null => "does not exist",
        { IsRegular: false } => "is no regular file",
        { } state when state.User != Libc.GetEffectiveUser() => $"belongs to user {state.User}, who could change it",
        { } state when (state.Permissions & 0x3F /* 0077 */) != 0 => $"has mode {Convert.ToString(state.Permissions, 8)}, so that others can use it",
        _ => null,
    };
}
