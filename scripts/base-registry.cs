// A registry for one base image, on loopback, for machines that reach none: what `dotnet publish -t:PublishContainer` pulls comes from a file system in a tar file.
//   dotnet run scripts/base-registry.cs ROOT.tar ADDRESS-FILE      writes ADDRESS/crater/base:local into the file when it listens, and serves until it is ended
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false
#:property TreatWarningsAsErrors=false
#:property NoWarn=$(NoWarn);CA1050;CA1852;CA1515;RS0030
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

if (args is not [var tar, var addressFile])
{
    Console.Error.WriteLine("Write: dotnet run scripts/base-registry.cs ROOT.tar ADDRESS-FILE");
    return 1;
}

var plain = File.ReadAllBytes(tar);
using var packed = new MemoryStream();
using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
{
    gzip.Write(plain);
}

var layer = packed.ToArray();
var architecture = System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";
var config = Encoding.UTF8.GetBytes($$$"""{"architecture":"{{{architecture}}}","os":"linux","config":{"Env":["PATH=/app:/usr/bin:/bin","DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1"]},"rootfs":{"type":"layers","diff_ids":["{{{Digest(plain)}}}"]},"history":[{"created":"2026-01-01T00:00:00Z","created_by":"scripts/images.sh"}]}""");
const string Docker = "application/vnd.docker.distribution.manifest.v2+json";
var manifest = Encoding.UTF8.GetBytes($$$"""{"schemaVersion":2,"mediaType":"{{{Docker}}}","config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":{{{config.Length}}},"digest":"{{{Digest(config)}}}"},"layers":[{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip","size":{{{layer.Length}}},"digest":"{{{Digest(layer)}}}"}]}""");
Dictionary<string, (byte[] Content, string Type)> served = new()
{
    ["/v2/"] = ([], "application/json"),
    ["/v2/crater/base/manifests/local"] = (manifest, Docker),
    [$"/v2/crater/base/manifests/{Digest(manifest)}"] = (manifest, Docker),
    [$"/v2/crater/base/blobs/{Digest(config)}"] = (config, "application/octet-stream"),
    [$"/v2/crater/base/blobs/{Digest(layer)}"] = (layer, "application/octet-stream"),
};
using var free = new TcpListener(IPAddress.Loopback, 0);
free.Start();
var port = ((IPEndPoint)free.LocalEndpoint).Port;
free.Stop();
using var listener = new HttpListener { Prefixes = { $"http://localhost:{port}/" } };
listener.Start();
File.WriteAllText(addressFile + ".new", $"localhost:{port}/crater/base:local");
File.Move(addressFile + ".new", addressFile, overwrite: true);
while (true)
{
    var context = await listener.GetContextAsync();
    var isKnown = served.TryGetValue(context.Request.Url!.AbsolutePath, out var found);
    context.Response.StatusCode = isKnown ? 200 : 404;
    if (isKnown)
    {
        context.Response.ContentType = found.Type;
        context.Response.ContentLength64 = found.Content.Length;
        context.Response.Headers["Docker-Content-Digest"] = Digest(found.Content);
        if (context.Request.HttpMethod != "HEAD")
        {
            await context.Response.OutputStream.WriteAsync(found.Content);
        }
    }

    context.Response.Close();
}

static string Digest(byte[] content) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(content))}";
