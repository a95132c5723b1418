using System.Buffers.Binary;
using System.Text;
using Crater.Agent.Residue;
using Xunit;

namespace Crater.Tests.Agent;

public sealed class OtherToolsTests
{
    private const string Pod = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice";

    [Fact]
    public void A_pod_with_two_pause_processes_is_named_with_both() =>
        Assert.Equal("ps -fp 10,20", Assert.Single(OtherTools.PausedPods([(20, Pod + "/cri-a.scope"), (10, Pod + "/cri-b.scope")])).LookWith);

    [Fact]
    public void One_pause_process_a_pod_is_as_it_should_be() =>
        Assert.Empty(OtherTools.PausedPods([(10, "/kubepods/pod1/a"), (20, "/kubepods/pod2/b"), (30, "/user.slice"), (40, "/user.slice")]));

    [Fact]
    public void Chains_of_the_old_tables_are_read_from_their_bytes() =>
        Assert.Equal(["CHAOS-INPUT"], LegacyChains.Chains([.. Entry("", "INPUT"), .. Entry("ERROR", "CHAOS-INPUT"), .. Entry("", ""), .. Entry("ERROR", "ERROR")], 88));

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(5000)]
    public void An_entry_that_does_not_say_its_length_ends_the_reading(ushort length)
    {
        var odd = Entry("ERROR", "CHAOS-INPUT");
        BinaryPrimitives.WriteUInt16LittleEndian(odd.AsSpan(90), length);

        Assert.Empty(LegacyChains.Chains(odd, 88));
    }

    // As the kernel has it for IPv4: 112 bytes of entry, then the target's length and name, then what the target carries.
    private static byte[] Entry(string target, string carried)
    {
        var bytes = new byte[112 + 32 + 32];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(88), 112);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(90), (ushort)bytes.Length);
        Encoding.UTF8.GetBytes(target, bytes.AsSpan(114));
        Encoding.UTF8.GetBytes(carried, bytes.AsSpan(144));
        return bytes;
    }
}
