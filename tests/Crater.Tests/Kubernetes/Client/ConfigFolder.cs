using Crater.Kubernetes;
using Crater.Kubernetes.Client;
using Xunit;

namespace Crater.Tests.Kubernetes.Client;

/// <summary>A folder with a kubeconfig of one context, and with what it names.</summary>
internal sealed class ConfigFolder : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("crater-kubeconfig-").FullName;

    public string Path(string name) => System.IO.Path.Combine(_folder, name);

    public string Write(string name, string text)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path(name))!);
        File.WriteAllText(Path(name), text);
        return Path(name);
    }

    /// <summary>A program: what stands in it, run by /bin/sh.</summary>
    public string Program(string name, string script)
    {
        var path = Write(name, $"#!/bin/sh\n{script}\n");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "files have no mode that makes them programs");
#pragma warning disable CA1416      // the line above
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
#pragma warning restore CA1416
        return path;
    }

    /// <param name="user">Fields of the user, in braces' notation without the braces.</param>
    /// <param name="cluster">Fields of the cluster beside its address.</param>
    public string Config(Uri server, string user, string cluster = "", string name = "config") => Write(name, $$$$"""
        apiVersion: v1
        kind: Config
        contexts: [{name: test, context: {cluster: there, user: me}}]
        clusters: [{name: there, cluster: {server: "{{{{server}}}}"{{{{(cluster.Length > 0 ? ", " + cluster : "")}}}} }}]
        users: [{name: me, user: { {{{{user}}}} }}]
        """);

    public ClusterAccess Access(Uri server, string user, TimeProvider? clock = null, string cluster = "") =>
        Kubeconfig.Load(Config(server, user, cluster), _ => null).Access("test", clock ?? TimeProvider.System);

    public ConnectionOptions Options(Uri server, string user, string cluster = "") =>
        new() { Kubeconfig = Config(server, user, cluster), Environment = _ => null };

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
