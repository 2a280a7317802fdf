// HDFS for tests: a NameNode and a DataNode with WebHDFS, on loopback, until the process is ended.
//   java -cp 'CLASSES:JARS/*' HdfsServer FOLDER WEBHDFS_PORT READY_PORT
// The folder is emptied. The second port accepts connections once files can be written: WebHDFS's
// own does so earlier.
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.logging.LogManager;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.log4j.Logger;
import org.apache.log4j.varia.NullAppender;

public class HdfsServer {
  public static void main(String[] words) throws Exception {
    Logger.getRootLogger().addAppender(new NullAppender());
    LogManager.getLogManager().reset();
    Configuration settings = new Configuration();
    settings.set("hdfs.minidfs.basedir", words[0]);
    settings.setInt("dfs.replication", 1);
    // A writer that closes a file before the NameNode has heard of its block waits so long: 400 ms.
    settings.setInt("dfs.client.block.write.locateFollowingBlock.initial.delay.ms", 5);
    settings.set("dfs.datanode.hostname", "127.0.0.1");
    for (String service : new String[] {"address", "ipc.address", "http.address"}) {
      settings.set("dfs.datanode." + service, "127.0.0.1:0");
    }
    MiniDFSCluster cluster =
        new MiniDFSCluster.Builder(settings)
            .nameNodeHttpPort(Integer.parseInt(words[1]))
            .numDataNodes(1)
            .checkDataNodeHostConfig(true)
            .checkDataNodeAddrConfig(true)
            .build();
    cluster.waitActive();
    int ready = Integer.parseInt(words[2]);
    try (ServerSocket socket = new ServerSocket(ready, 16, InetAddress.getByName("127.0.0.1"))) {
      while (true) {
        socket.accept().close();
      }
    }
  }
}
