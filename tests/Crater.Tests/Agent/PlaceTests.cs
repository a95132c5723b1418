using Crater.Agent;
using Crater.Agent.Host;
using Crater.Agent.Places;
using Xunit;

namespace Crater.Tests.Agent;

public sealed class PlaceTests
{
    private const string Id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData(Id, "docker", "docker")]
    [InlineData($"docker-{Id}.scope", "system.slice", "docker")]
    [InlineData($"cri-containerd-{Id}.scope", "kubepods-burstable-pod1.slice", "containerd")]
    [InlineData($"kubepods-burstable-pod1.slice:cri-containerd:{Id}", "containerd.service", "containerd")]
    [InlineData($"crio-{Id}.scope", "kubepods-besteffort-pod1.slice", "cri-o")]
    [InlineData($"libpod-{Id}.scope", "machine.slice", "podman")]
    [InlineData($"libpod-{Id}", "libpod_parent", "podman")]
    [InlineData(Id, "pod1", "")]
    public void Every_runtimes_way_to_name_a_control_group_gives_the_id(string part, string parent, string runtime) =>
        Assert.Equal(new ContainerName(Id, runtime), ContainerName.Read(part, parent));

    [Theory]
    [InlineData($"libpod-conmon-{Id}.scope")]
    [InlineData($"crio-conmon-{Id}.scope")]
    public void What_watches_a_container_is_none(string part) => Assert.Null(ContainerName.Read(part, "machine.slice"));

    [Theory]
    [InlineData(Id, true)]
    [InlineData("0123456789ab", true)]
    [InlineData("01234", false)]
    [InlineData("123456789ab", false)]
    public void An_id_may_be_shortened_to_its_beginning(string asked, bool isIt) => Assert.Equal(isIt, new ContainerName(Id, "").Is(asked));

    [Fact]
    public void A_short_name_of_a_runtime_is_only_itself() => Assert.False(new ContainerName("webserver", "runc").Is("webser"));

    [Fact]
    public void Controllers_of_both_versions_are_told_apart()
    {
        var paths = Cgroups.Parse("4:cpu,cpuacct:/docker/a\n1:name=systemd:/docker/a\n0::/b\n");

        Assert.Equal(["", "cpu", "cpuacct", "name=systemd"], paths.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("/docker/a", "/b"), (paths["cpuacct"], paths[Cgroups.Unified]));
    }

    [Fact]
    public void A_mount_of_control_groups_tells_its_controllers_and_not_how_it_was_mounted()
    {
        var mounts = Cgroups.ParseMounts(["32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup rw,xattr,release_agent=/x,cpu,cpuacct", "41 31 0:40 /below /v2 rw - cgroup2 none rw", "1 1 0:1 / / rw - ext4 /dev/sda rw"]);

        Assert.Equal(["", "cpu", "cpuacct"], mounts.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("/v2", "/below"), mounts[Cgroups.Unified]);
    }

    [Theory]
    [InlineData("/a/b", "/a", true)]
    [InlineData("/a", "/a", true)]
    [InlineData("/ab", "/a", false)]
    public void A_group_is_below_another_by_whole_names(string path, string top, bool isBelow) => Assert.Equal(isBelow, Cgroups.IsBelow(path, top));

    [Fact]
    public void A_place_reads_back_whole()
    {
        var place = new Place($"container={Id}", Id, "podman", ProcessIdentity.Self, new Dictionary<string, string> { ["net"] = "net:[1]" }, new Dictionary<string, string> { [""] = "/v2/x", ["kept-apart"] = "/apart/x" });

        var back = Place.Of(place.Fields.ToDictionary());
        Assert.Equal(place.Fields, back!.Fields);
        Assert.Equal(("/apart/x", "/v2/x"), (back.Cgroup("kept-apart"), back.Cgroup("known-to-version-2-only")));
        Assert.Null(Place.Of(new Dictionary<string, string> { ["uid"] = "x" }));
    }

    [Fact]
    public void A_place_whose_process_has_ended_is_refused()
    {
        var place = new Place("pid=1", "", "", ProcessIdentity.Self with { StartTicks = 1 }, new Dictionary<string, string>(), new Dictionary<string, string>());

        Assert.Equal("CRT5614", Assert.Throws<AgentException>(() => place.RefuseGone(ExitCodes.Host)).Code);
        Assert.Equal("CRT5615", Assert.Throws<AgentException>(() => place.Cgroup("cpu")).Code);
    }

    [Theory]
    [InlineData("CRT5610", "container", "no-such-container")]
    [InlineData("CRT5612", "pid", "2147483647")]
    [InlineData("CRT5612", "pid", "1; reboot")]
    [InlineData("CRT5613", "cgroup", "/no/such/group")]
    [InlineData("CRT5613", "cgroup", "/")]
    [InlineData("CRT5616", "container-runtime", "docker")]
    public void A_place_that_cannot_be_found_is_refused(string code, string option, string value) =>
        Assert.Equal(code, Assert.Throws<AgentException>(() => PlaceSearch.Find(new Dictionary<string, string> { [option] = value })).Code);

    [Fact]
    public void Two_places_are_refused() =>
        Assert.Equal("CRT5616", Assert.Throws<AgentException>(() => PlaceSearch.Find(new Dictionary<string, string> { ["pid"] = "1", ["cgroup"] = "/x" })).Code);

    [Fact]
    public void The_control_groups_that_craterd_is_in_itself_are_not_a_places_own() =>
        Assert.Empty(PlaceSearch.Find(new Dictionary<string, string> { ["pid"] = $"{ProcessIdentity.Self.Pid}" })!.Cgroups);
}
