using System.Text.Json.Nodes;
using Crater.Diagnostics;

namespace Crater.Kubernetes.Client;

/// <summary>How a kubeconfig's user proves who it is: by token or by client certificate. Other ways are named and refused.</summary>
internal static class SignIn
{
    /// <summary>What we cannot do yet, by the key that asks for it.</summary>
    private static readonly (string Key, string What)[] Unsupported =
    [
        ("exec", "an exec plugin"), ("auth-provider", "an auth-provider plugin"), ("username", "a user name and password"), ("as", "impersonation"),
    ];

    public static ClusterAccess Access(
        string context, JsonNode entry, (JsonNode Entry, string File) cluster, (JsonNode Entry, string File) user)
    {
        Refuse(context, cluster.Entry, user.Entry);
        if (!Uri.TryCreate(cluster.Entry.Text("server").TrimEnd('/') + "/", UriKind.Absolute, out var server) || server.Scheme is not ("http" or "https"))
        {
            throw new CraterException("CRT5007", $"The cluster of context '{context}' has the server '{cluster.Entry.Text("server")}', which is no http or https address. Correct the kubeconfig.");
        }

        var certificate = Bytes(user, "client-certificate");
        var key = Bytes(user, "client-key");
        if (certificate is null != key is null)
        {
            throw new CraterException("CRT5006", $"The user of context '{context}' has a client {(key is null ? "certificate without its key" : "key without its certificate")}. Correct the kubeconfig.");
        }

        return new ClusterAccess
        {
            ContextName = context,
            Server = server,
            Namespace = entry.Text("namespace") is { Length: > 0 } space ? space : "default",
            TlsServerName = cluster.Entry.Text("tls-server-name"),
            SkipsTlsVerification = cluster.Entry.Flag("insecure-skip-tls-verify"),
            CertificateAuthority = Bytes(cluster, "certificate-authority"),
            ClientCertificate = certificate,
            ClientKey = key,
            Token = TokenOf(user),
        };
    }

    private static void Refuse(string context, JsonNode cluster, JsonNode user)
    {
        foreach (var (key, what) in Unsupported)
        {
            if (user.At(key) is not null)
            {
                var command = key == "exec" ? $" ('{user.Text("exec", "command")}')" : "";
                throw new CraterException("CRT5005",
                    $"The user of context '{context}' signs in by {what}{command}, which Crater cannot do yet. "
                    + "Use a context with a token or a client certificate, for example of a service account ('kubectl create token').");
            }
        }

        if (cluster.Text("proxy-url") is { Length: > 0 } proxy)
        {
            throw new CraterException("CRT5005", $"The cluster of context '{context}' is behind the proxy-url '{proxy}', which Crater cannot use yet. Set HTTPS_PROXY instead.");
        }
    }

    private static string TokenOf((JsonNode Entry, string File) user)
    {
        // As kubectl: a token file wins over a token, since it is kept fresh.
        var fromFile = user.Entry.Text("tokenFile") is { Length: > 0 } path ? System.Text.Encoding.UTF8.GetString(ReadBeside(user.File, path)) : "";
        return (fromFile.Length > 0 ? fromFile : user.Entry.Text("token")).Trim();
    }

    private static byte[]? Bytes((JsonNode Entry, string File) from, string key)
    {
        if (from.Entry.Text($"{key}-data") is { Length: > 0 } data)
        {
            try
            {
                return Convert.FromBase64String(data);
            }
            catch (FormatException e)
            {
                throw new CraterException("CRT5006", $"'{key}-data' in {from.File} is not base64. Write the kubeconfig anew.", e);
            }
        }

        return from.Entry.Text(key) is { Length: > 0 } path ? ReadBeside(from.File, path) : null;
    }

    /// <summary>Relative paths in a kubeconfig are relative to the file.</summary>
    private static byte[] ReadBeside(string file, string path)
    {
        var full = Path.GetFullPath(path, Path.GetDirectoryName(Path.GetFullPath(file))!);
        try
        {
            return File.ReadAllBytes(full);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CraterException("CRT5006", $"{file} names {full}, which cannot be read: {e.Message} Correct the kubeconfig.", e);
        }
    }
}
