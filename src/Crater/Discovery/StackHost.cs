namespace Crater.Discovery;

/// <summary>A host whose craterd can be asked, as stack.yaml names it. Holds no secret: only the paths of files that do.</summary>
public sealed record StackHost
{
    /// <summary>The label that every host has without being given it: its own name.</summary>
    public const string NameLabel = "host";

    /// <summary>Letters, digits, dashes, dots and underscores; each once.</summary>
    public required string Name { get; init; }

    /// <summary><c>https://HOST:PORT</c>, <c>http://HOST:PORT</c>, or the absolute path of a unix socket.</summary>
    public required string Address { get; init; }

    /// <summary>As given, and <see cref="NameLabel"/>.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>File with the bearer token; empty for none.</summary>
    public string TokenFile { get; init; } = "";

    /// <summary>File (PEM) with whom the server's certificate has to come from; empty for those that the system trusts.</summary>
    public string AuthorityFile { get; init; } = "";

    /// <summary>File (PEM) with the certificate that we show; empty for none.</summary>
    public string CertificateFile { get; init; } = "";

    /// <summary>File (PEM) with that certificate's key; empty where it stands in the same file.</summary>
    public string KeyFile { get; init; } = "";

    public bool IsSocket => Address.StartsWith('/');
}
