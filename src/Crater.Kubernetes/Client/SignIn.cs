using System.Text.Json.Nodes;
using Crater.Diagnostics;

namespace Crater.Kubernetes.Client;

/// <summary>An entry of a kubeconfig, and the file that it stands in: its paths are relative to that file.</summary>
internal sealed record ConfigEntry(JsonNode Fields, string File)
{
    /// <summary>From <c>KEY-data</c> (base64), else from the file that <c>KEY</c> names; null without either.</summary>
    /// <exception cref="CraterException">CRT5006: the data or the file cannot be read.</exception>
    public byte[]? Bytes(string key)
    {
        if (Fields.Text($"{key}-data") is { Length: > 0 } data)
        {
            try
            {
                return Convert.FromBase64String(data);
            }
            catch (FormatException)
            {
                throw new CraterException("CRT5006", $"'{key}-data' in {File} is not base64. Write the kubeconfig anew.");
            }
        }

        return Fields.Text(key) is { Length: > 0 } path ? ReadBeside(path) : null;
    }

    public string PathBeside(string path) => Path.GetFullPath(path, Path.GetDirectoryName(Path.GetFullPath(File))!);

    private byte[] ReadBeside(string path)
    {
        var full = PathBeside(path);
        try
        {
            return System.IO.File.ReadAllBytes(full);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CraterException("CRT5006", $"{File} names {full}, which cannot be read: {e.Message} Correct the kubeconfig.", e);
        }
    }
}

/// <summary>
/// How a kubeconfig's user proves who it is: by token, token file, password, client certificate or exec plugin. The deprecated <c>auth-provider</c>
/// is named and refused, as by kubectl since 1.26.
/// </summary>
internal sealed class SignIn(string context, ConfigEntry cluster, ConfigEntry user, Func<string, string?> environment, TimeProvider clock)
{
    public ClusterAccess Access(JsonNode entry)
    {
        if (!Uri.TryCreate(cluster.Fields.Text("server").TrimEnd('/') + "/", UriKind.Absolute, out var server) || server.Scheme is not ("http" or "https"))
        {
            throw new CraterException("CRT5007", $"The cluster of context '{context}' has the server '{cluster.Fields.Text("server")}', which is no http or https address. Correct the kubeconfig.");
        }

        var authority = cluster.Bytes("certificate-authority");
        var skips = cluster.Fields.Flag("insecure-skip-tls-verify");
        if (skips && authority is not null)
        {
            throw Contradiction("cluster", "both insecure-skip-tls-verify and a certificate-authority");
        }

        var impersonation = Impersonation.Of(user.Fields);
        if (impersonation.IsIncomplete)
        {
            throw Contradiction("user", "as-uid, as-groups or as-user-extra without as");
        }

        var certificate = Certificate();
        return new ClusterAccess
        {
            ContextName = context,
            Server = server,
            Namespace = entry.Text("namespace") is { Length: > 0 } space ? space : "default",
            TlsServerName = cluster.Fields.Text("tls-server-name"),
            SkipsTlsVerification = skips,
            CertificateAuthority = authority,
            ClientCertificate = certificate,
            Credentials = Source(certificate, authority),
            Impersonation = impersonation,
            Proxy = ProxyChoice.For(server, cluster.Fields.Text("proxy-url"), environment),
            Clock = clock,
        };
    }

    private ClientCertificate? Certificate()
    {
        var certificate = user.Bytes("client-certificate");
        var key = user.Bytes("client-key");
        if (certificate is null != key is null)
        {
            throw new CraterException("CRT5006", $"The user of context '{context}' has a client {(key is null ? "certificate without its key" : "key without its certificate")}. Correct the kubeconfig.");
        }

        return certificate is null ? null : ClusterAccess.Usable(context, () => ClientCertificate.Read(certificate, key!), "client certificate and key");
    }

    private ICredentialSource Source(ClientCertificate? certificate, byte[]? authority)
    {
        var fields = user.Fields;
        var (name, password) = (fields.Text("username"), fields.Text("password"));
        var (token, tokenFile) = (fields.Text("token"), fields.Text("tokenFile"));
        if (fields.At("auth-provider") is not null)
        {
            throw new CraterException("CRT5005",
                $"The user of context '{context}' signs in by an auth-provider plugin, which kubectl gave up with 1.26. Use the exec plugin of your provider, a token or a client certificate.");
        }

        if (name.Length > 0 && (token.Length > 0 || tokenFile.Length > 0))
        {
            throw Contradiction("user", "both a user name with password and a token");
        }

        if (tokenFile.Length > 0)
        {
            // As kubectl: a token file wins over a token, since it is kept fresh. One that cannot be read is known now and not in the middle of a run.
            var source = new TokenFile(user.PathBeside(tokenFile), certificate, clock);
            source.Current();
            return source;
        }

        // What stands in the kubeconfig wins over what a plugin would say.
        return fields.At("exec") is JsonObject exec && token.Length == 0 && name.Length == 0 && certificate is null
            ? new ExecCredentials(Plugin(exec, authority), clock)
            : new FixedCredential(new Credential { Header = name.Length > 0 ? Credential.Basic(name, password) : Credential.Bearer(token), Certificate = certificate });
    }

    private ExecPlugin Plugin(JsonObject exec, byte[]? authority)
    {
        var version = exec.Text("apiVersion");
        var command = exec.Text("command");
        var mode = exec.Text("interactiveMode") is { Length: > 0 } named ? named : version.EndsWith("/v1beta1", StringComparison.Ordinal) ? "IfAvailable" : "";
        if (version is not ($"{ExecPlugin.Group}/v1" or $"{ExecPlugin.Group}/v1beta1") || command.Length == 0 || mode is not ("Never" or "IfAvailable" or "Always"))
        {
            throw new CraterException("CRT5007",
                $"The exec plugin of context '{context}' is not whole: it needs a command, the apiVersion {ExecPlugin.Group}/v1 or /v1beta1 (it has '{version}') and, in v1, "
                + $"interactiveMode Never, IfAvailable or Always (it has '{mode}'). Correct the kubeconfig.");
        }

        return new ExecPlugin
        {
            Context = context,
            // As kubectl: a bare name is looked up in PATH, anything else is relative to the kubeconfig.
            Command = command.Contains(Path.DirectorySeparatorChar) ? user.PathBeside(command) : command,
            Arguments = exec.Texts("args"),
            Environment = [.. exec.Objects("env").Select(one => (one.Text("name"), one.Text("value")))],
            ApiVersion = version,
            InteractiveMode = mode,
            InstallHint = exec.Text("installHint"),
            Cluster = exec.Flag("provideClusterInfo") ? ClusterInfo(authority) : null,
        };
    }

    private JsonObject ClusterInfo(byte[]? authority)
    {
        var fields = cluster.Fields;
        var info = new JsonObject { ["server"] = fields.Text("server") };
        foreach (var key in (string[])["tls-server-name", "proxy-url"])
        {
            if (fields.Text(key) is { Length: > 0 } text)
            {
                info[key] = text;
            }
        }

        if (fields.Flag("insecure-skip-tls-verify"))
        {
            info["insecure-skip-tls-verify"] = true;
        }

        if (authority is not null)
        {
            info["certificate-authority-data"] = Convert.ToBase64String(authority);
        }

        if (fields.Objects("extensions").FirstOrDefault(one => one.Text("name") == $"{ExecPlugin.Group}/exec")?.At("extension") is { } config)
        {
            info["config"] = config.DeepClone();
        }

        return info;
    }

    private CraterException Contradiction(string whose, string what) =>
        new("CRT5007", $"The {whose} of context '{context}' has {what}. Correct the kubeconfig.");
}
